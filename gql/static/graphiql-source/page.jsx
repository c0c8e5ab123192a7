// The page at /graphql: GraphiQL with a field for the bearer token above it.
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { createClient } from "graphql-ws";
import "graphiql/style.css";
import "./page.css";

const STORED = "apportion-token";

const WELCOME = `# Without a token: 401.
#
# 1. In a terminal, run
#      make token ROLE=ADMIN
#    or, where it was installed,
#      apportion token --role ADMIN
# 2. Paste what it prints into the
#    field at the top, or here below
#    under Headers, as
#      {"Authorization": "Bearer ..."}
# 3. Run this with Ctrl+Enter. The
#    book on the left shows the rest.

query RecentOrders {
  orders(first: 5) {
    totalCount
    nodes {
      orderNumber
      status
      customer { name }
      total { amount currency }
      nextMilestone { label daysLate state }
    }
  }
}
`;

// `apportion serve` may open the page with #token=...; a fragment is not sent to any server.
function firstToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(STORED, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(STORED) ?? "";
}

function Page() {
  const [token, setToken] = useState(firstToken);
  const fetcher = useMemo(() => {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    const url = location.origin + location.pathname;
    const wsClient = createClient({
      url: url.replace(/^http/, "ws"),
      connectionParams: headers,
      lazy: true,
      retryAttempts: 2,
    });
    return createGraphiQLFetcher({ url, headers, wsClient });
  }, [token]);
  const keep = (event) => {
    const value = event.target.value.trim().replace(/^Bearer\s+/i, "");
    sessionStorage.setItem(STORED, value);
    setToken(value);
  };
  return (
    <>
      <div className="token">
        <label htmlFor="token">Bearer token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck="false"
          placeholder="paste what `make token ROLE=ADMIN` prints"
          value={token}
          onChange={keep}
        />
      </div>
      <GraphiQL
        key={token}
        fetcher={fetcher}
        defaultQuery={WELCOME}
        defaultEditorToolsVisibility="headers"
        inputValueDeprecation={false}
      />
    </>
  );
}

createRoot(document.getElementById("graphiql")).render(<Page />);
