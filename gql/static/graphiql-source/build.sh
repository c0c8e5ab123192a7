#!/bin/sh
# Builds the page in a scratch folder, so that no node_modules lie in the checkout.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/graphiql" "$scratch/source"
cp "$here"/page.jsx "$here"/page.css "$here"/index.html "$here"/build.mjs "$here"/package.json "$scratch/source/"
cd "$scratch/source"
npm install --no-audit --no-fund --no-package-lock
npm run build
cp "$scratch"/graphiql/* "$here/../graphiql/"
