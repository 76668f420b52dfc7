// node breaks.mjs BEFORE.json AFTER.json: every breaking change, one a line. References are resolved, so that a change
// of a schema is listed where it is used; `components` itself promises nothing.
import { readFileSync } from "node:fs";
import { apiDiff } from "api-smart-diff";

const [before, after] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
for (const change of apiDiff(before, after)) {
  if (change.type === "breaking" && change.path[0] !== "components") {
    console.log(`${change.action} ${change.path.join(" ")}`);
  }
}
