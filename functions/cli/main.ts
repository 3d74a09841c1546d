#!/usr/bin/env node
// Nothing may be imported here statically: an older Node would fail on the modules behind it before it could say what is wrong.
const LEAST = [24, 15] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) {
  process.stderr.write(
    `  ERROR      Could not start moorgate\n  Why        it needs Node ${LEAST.join(".")} or newer; this is ${process.versions.node} (${process.execPath})\n` +
      "  Meanwhile  Nothing was changed.\n  Next       install a current Node, or run it with `npx --package node@24 --package moorgate moorgate`\n",
  );
  process.exitCode = 4;
} else {
  const { start } = await import("./start.ts");
  process.exitCode = await start(process.argv.slice(2));
}
