/** The one style sheet. System type, one accent, light and dark by the reader's system; red is for the one thing that is wrong. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: #fafaf9; --surface: #ffffff; --sunken: #f3f3f1; --ink: #1b1c1e; --muted: #5d6066; --line: #e3e3df; --line-strong: #cfcfca;
  --accent: #3451b2; --accent-ink: #ffffff; --accent-soft: #eaeefb; --alarm: #b42318; --alarm-soft: #fdf1ef;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #111214; --surface: #17181b; --sunken: #1d1f22; --ink: #e9e9e6; --muted: #a0a3a9; --line: #2a2c30; --line-strong: #3d4046;
    --accent: #9db2ff; --accent-ink: #10131f; --accent-soft: #1f2538; --alarm: #ff7a6b; --alarm-soft: #2b1917;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 14px/1.5 var(--sans); font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
h1, dd, code, tbody th, .why, .reasons li > *, .note, .timeline { overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code, kbd, .mono { font-family: var(--mono); font-size: 12.5px; }
h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 22px; line-height: 1.3; font-weight: 600; letter-spacing: -0.012em; }
h2 { font-size: 13px; font-weight: 600; }
.muted { color: var(--muted); }
.nowrap { white-space: nowrap; }
.narrow { display: none; }
.sr { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 12px; top: -60px; z-index: 2; background: var(--surface); padding: 8px 12px; border: 1px solid var(--line-strong); border-radius: 6px; }
.skip:focus { top: 8px; }
.icon { width: 16px; height: 16px; flex: none; vertical-align: -3px; }

.bar { border-bottom: 1px solid var(--line); background: var(--surface); }
.bar-in { max-width: 1120px; margin: 0 auto; padding: 0 24px; min-height: 52px; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 20px; }
.brand { display: inline-flex; align-items: center; gap: 8px; color: var(--ink); font-weight: 650; letter-spacing: -0.01em; padding: 6px 0; }
.brand:hover { text-decoration: none; }
.brand .icon { width: 18px; height: 18px; }
.nav { display: flex; gap: 2px; }
.nav a { color: var(--muted); padding: 5px 10px; border-radius: 6px; }
.nav a:hover { color: var(--ink); background: var(--sunken); text-decoration: none; }
.nav a[aria-current="page"] { color: var(--ink); background: var(--sunken); font-weight: 550; }
.search { flex: 1 1 180px; max-width: 340px; margin-left: auto; }
.away { margin-left: auto; }
.quiet { border: 0; background: none; color: var(--muted); padding: 5px 0; font: inherit; cursor: pointer; }
.quiet:hover { color: var(--ink); text-decoration: underline; text-underline-offset: 2px; }

main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 48px; }
.head { display: flex; flex-wrap: wrap; gap: 12px 24px; align-items: flex-end; justify-content: space-between; margin-bottom: 24px; }
.head p { margin-top: 6px; color: var(--muted); }
.crumb { color: var(--muted); font-size: 13px; margin-bottom: 4px; }
section { margin-top: 32px; }
.section-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 12px; margin-bottom: 8px; }
.section-head p { color: var(--muted); font-size: 13px; }
.section-head a { margin-left: auto; font-size: 13px; }
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; overflow: clip; }
.pad { padding: 16px 20px; }
.empty { padding: 24px 20px; color: var(--muted); }
.empty strong { display: block; color: var(--ink); font-weight: 550; margin-bottom: 2px; }
.empty code { color: var(--ink); }

table { width: 100%; border-collapse: collapse; }
caption { text-align: left; }
th { font-weight: inherit; text-align: left; }
thead th { font-size: 12px; color: var(--muted); font-weight: 500; padding: 7px 12px; border-bottom: 1px solid var(--line); background: var(--sunken); white-space: nowrap; }
td, tbody th { padding: 9px 12px; vertical-align: top; border-top: 1px solid var(--line); }
tbody tr:first-child > * { border-top: 0; }
thead th:first-child, td:first-child, tbody th:first-child { padding-left: 20px; }
thead th:last-child, td:last-child { padding-right: 20px; }
tbody tr:hover { background: color-mix(in srgb, var(--sunken) 55%, transparent); }
tbody tr:focus-within { background: var(--accent-soft); }
.num { text-align: right; }
.verdict { width: 150px; }
.hold { width: 160px; }
td.hold { color: var(--muted); }
.verdict { white-space: nowrap; }
.verdict .icon { margin-right: 7px; }
.is-compliant .verdict, .is-compliant .why, .is-none .verdict { color: var(--muted); }
.name { color: var(--ink); font-weight: 550; }
.why { display: block; color: var(--muted); font-size: 13px; margin-top: 1px; }
.end { text-align: right; white-space: nowrap; overflow-wrap: normal; width: 110px; color: var(--muted); font-size: 13px; }
.tag { display: inline-flex; align-items: center; gap: 5px; border: 1px solid var(--line-strong); border-radius: 99px; padding: 0 8px; font-size: 12px; line-height: 20px; white-space: nowrap; color: var(--ink); }
.tag .icon { width: 12px; height: 12px; }
.tags { display: flex; flex-wrap: wrap; gap: 4px; }

.alarm { box-shadow: inset 3px 0 var(--alarm); background: var(--alarm-soft); }
.note { border: 1px solid var(--line); border-left: 3px solid var(--accent); background: var(--surface); border-radius: 6px; padding: 10px 16px; margin-bottom: 24px; display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; }
.note form { margin-left: auto; }
.halt { margin-bottom: 20px; }
.halt strong { font-size: 20px; }
.needs li { display: grid; grid-template-columns: 20px 1fr auto; gap: 0 12px; padding: 12px 20px; border-top: 1px solid var(--line); align-items: start; }
.needs li:first-child { border-top: 0; }
.needs .icon { margin-top: 3px; }
.needs .alarm .icon { color: var(--alarm); }
.needs .acts { display: flex; gap: 8px; }

.button, button.do { display: inline-block; font: inherit; font-size: 13px; font-weight: 550; line-height: 20px; padding: 5px 12px; border-radius: 6px; border: 1px solid var(--line-strong); background: var(--surface); color: var(--ink); cursor: pointer; }
.button:hover, button.do:hover { background: var(--sunken); text-decoration: none; }
button.first { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
button.first:hover { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
input, select { font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--line-strong); border-radius: 6px; line-height: 20px; height: 32px; padding: 0 10px; width: 100%; min-width: 0; }
input::placeholder { color: var(--muted); opacity: 1; }
label { display: block; font-size: 13px; font-weight: 550; margin-bottom: 4px; }
.hint { color: var(--muted); font-size: 13px; margin-top: 4px; }
.field { margin-bottom: 12px; }
.filter { display: flex; gap: 8px; align-items: end; margin-bottom: 8px; }
.filter > .grow { flex: 1; min-width: 0; }
.quick { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-bottom: 16px; font-size: 13px; }
.quick a[aria-current] { color: var(--ink); font-weight: 550; }

.block-head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 16px; padding: 16px 20px 4px; }
.block-verdict { display: inline-flex; align-items: center; gap: 8px; font-size: 15px; font-weight: 650; letter-spacing: 0.02em; text-transform: uppercase; }
.block-verdict.is-wrong { color: var(--alarm); }
.block-verdict .icon { width: 18px; height: 18px; }
.block-head .end { margin-left: auto; width: auto; white-space: normal; }
.block-line { padding: 0 20px 14px; color: var(--muted); }
.block-line code { color: var(--ink); }
.reasons { border-top: 1px solid var(--line); }
.reasons li { display: grid; grid-template-columns: 20px minmax(120px, 190px) 1fr auto; gap: 0 12px; padding: 11px 20px; border-top: 1px solid var(--line); }
.reasons li:first-child { border-top: 0; }
.reasons .icon { margin-top: 3px; }
.reasons .place { color: var(--muted); font-size: 12.5px; }
.reasons .remedy { color: var(--muted); margin-top: 2px; }
.fix { display: inline-block; margin-right: 8px; font-size: 12px; border-bottom: 1px solid var(--line-strong); line-height: 1.2; }
.reasons .rule { font-weight: 550; }
.facts { display: grid; grid-template-columns: minmax(64px, max-content) 1fr; gap: 5px 20px; padding: 14px 20px; border-top: 1px solid var(--line); background: var(--sunken); }
.facts dt, .list dt { color: var(--muted); }
.two { display: grid; grid-template-columns: minmax(0, 1.7fr) minmax(260px, 1fr); gap: 0 32px; align-items: start; }
.list { display: grid; grid-template-columns: max-content 1fr; gap: 6px 16px; }
.tree { line-height: 1.9; }
.fault { color: var(--alarm); }
.plain { border-top: 0; background: none; }
.tree ul { padding-left: 12px; border-left: 1px solid var(--line-strong); margin-left: 7px; }
.timeline li { position: relative; padding: 0 0 16px 24px; }
.timeline li::before { content: ""; position: absolute; left: 4px; top: 8px; width: 7px; height: 7px; border-radius: 50%; background: var(--bg); border: 1.5px solid var(--muted); }
.timeline li::after { content: ""; position: absolute; left: 8px; top: 19px; bottom: -5px; width: 1px; background: var(--line-strong); }
.timeline li:last-child::after { display: none; }
.timeline .weight::before { background: var(--ink); border-color: var(--ink); }
.timeline time { color: var(--muted); font-size: 13px; }
.timeline .detail { color: var(--muted); font-size: 13px; }
.plan li { padding-left: 18px; position: relative; margin-bottom: 4px; }
.plan li::before { content: "\\2192"; position: absolute; left: 0; color: var(--muted); }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.more { padding: 10px 20px; border-top: 1px solid var(--line); font-size: 13px; }
details > summary { cursor: pointer; color: var(--muted); font-size: 13px; }
.stop { margin-top: 12px; }
.copy { display: none; border: 0; background: none; padding: 0 2px; margin-left: 2px; color: var(--muted); cursor: pointer; line-height: 1; }
.copy:hover { color: var(--ink); }
.js .copy { display: inline-block; }
.copy .icon { width: 13px; height: 13px; vertical-align: -2px; }

footer { border-top: 1px solid var(--line); }
.foot { max-width: 1120px; margin: 0 auto; padding: 16px 24px 32px; display: flex; flex-wrap: wrap; gap: 4px 20px; color: var(--muted); font-size: 13px; }
.foot .command { margin-right: auto; }
.rest { font-size: 0; }
.rest::after { content: "\\2026"; font-size: 12.5px; }
code.all { user-select: all; }
.foot code { color: var(--ink); }
.door { max-width: 420px; margin: 12vh auto 0; padding: 0 20px; }
.door .brand { margin-bottom: 16px; font-size: 16px; }
.door .panel { padding: 24px; }
.door h1 { font-size: 18px; margin-bottom: 4px; }
.door form { margin-top: 20px; }

@media (max-width: 760px) {
  .bar-in, main, .foot { padding-left: 16px; padding-right: 16px; }
  .bar-in { padding-top: 8px; padding-bottom: 8px; }
  main { padding-top: 24px; }
  .search { order: 3; flex-basis: 100%; max-width: none; }
  .nav { margin-left: auto; }
  .two { grid-template-columns: minmax(0, 1fr); }
  .wide { display: none; }
  .narrow { display: block; }
  .verdict .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .verdict .icon { margin-right: 0; }
  td, tbody th { padding-left: 8px; padding-right: 8px; }
  thead th:first-child, td:first-child, tbody th:first-child, .pad, .block-head, .block-line, .facts, .needs li, .reasons li { padding-left: 14px; }
  thead th:last-child, td:last-child, .pad, .block-head, .block-line, .facts, .needs li, .reasons li { padding-right: 14px; }
  .reasons li { grid-template-columns: 20px 1fr; }
  .reasons li > :nth-child(n + 3) { grid-column: 2; }
  .needs li { grid-template-columns: 20px 1fr; }
  .needs .acts { grid-column: 2; margin-top: 8px; }
  .verdict { width: 36px; }
  thead th { padding-left: 8px; padding-right: 8px; }
  .end { width: 84px; }
  thead .word { display: none; }
  h1 { font-size: 19px; }
}
@media (prefers-reduced-motion: no-preference) { .skip { transition: top 0.12s; } }
@media print {
  .bar, .foot, form, .copy, .skip { display: none; }
  body { background: #fff; color: #000; }
}
`;
