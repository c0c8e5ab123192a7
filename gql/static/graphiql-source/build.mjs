// Bundles the page into ../graphiql: one script, one style sheet, and the licences of all parts.
import { build } from "esbuild";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const out = join(import.meta.dirname, "..", "graphiql");

const { metafile } = await build({
  entryPoints: { graphiql: "page.jsx" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  legalComments: "none",
  loader: { ".ttf": "dataurl", ".woff2": "dataurl" },
  define: { "process.env.NODE_ENV": '"production"' },
  metafile: true,
});
copyFileSync("index.html", join(out, "index.html"));

const packages = new Set();
for (const output of Object.values(metafile.outputs)) {
  for (const input of Object.keys(output.inputs)) {
    const found = input.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (found) packages.add(join(input.slice(0, input.lastIndexOf("node_modules/")), "node_modules", found[1]));
  }
}
const texts = [...packages].sort().map((folder) => {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  const licence = name && existsSync(join(folder, name))
    ? readFileSync(join(folder, name), "utf8").trim()
    : `Licensed under ${about.license}.`;
  return `${about.name} ${about.version} (${about.license})\n\n${licence}\n`;
});
const line = "-".repeat(80);
writeFileSync(
  join(out, "LICENSES.txt"),
  `Parts bundled in graphiql.js and graphiql.css, with their licences.\n\n${line}\n` +
    texts.join(`\n${line}\n`),
);
