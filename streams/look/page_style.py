"""How the report's page looks."""

from string import Template
from typing import Final

PAGE: Final = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --card: #ffffff; --ink: #1d2430; --quiet: #667085; --line: #e3e6ec;
  --allow: #5aa47c; --tag: #e3b341; --challenge: #e0813a; --divert: #4f8fc9; --block: #c93c37;
  --plain: #8fb3d6; --second: #5d6fb0; --third: #9a7bc0; --fourth: #c79a5b;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171c; --card: #1d2128; --ink: #e6e9ef; --quiet: #98a2b3; --line: #333a45; }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 28px 20px 48px; background: var(--ground); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1180px; margin: 0 auto; }
h1 { margin: 0; font-size: 24px; }
header p { margin: 2px 0 20px; color: var(--quiet); }
h2 { margin: 0 0 10px; font-size: 15px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 14px; margin-bottom: 14px; }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.tile { padding: 12px 16px; }
.tile b { display: block; font-size: 26px; line-height: 1.2; }
.tile span { color: var(--quiet); font-size: 13px; }
.tile.bad b { color: var(--block); }
.tile.good b { color: var(--allow); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 14px; }
section { padding: 16px 18px; min-width: 0; }
section.wide { grid-column: 1 / -1; }
section > p { margin: 0; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 12.5px; }
svg text.figure { fill: var(--quiet); font-size: 11.5px; }
.grid { stroke: var(--line); stroke-width: 1; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 10px; color: var(--quiet); font-size: 13px; }
section > p.legend { margin-bottom: 10px; }
.legend i { display: inline-block; width: 11px; height: 11px; margin-right: 6px; border-radius: 2px; }
.allow, .passed { fill: var(--allow); background: var(--allow); }
.tag { fill: var(--tag); background: var(--tag); }
.challenge, .flagged { fill: var(--challenge); background: var(--challenge); }
.divert { fill: var(--divert); background: var(--divert); }
.block, .failed { fill: var(--block); background: var(--block); }
.other, .tap { fill: var(--plain); background: var(--plain); }
.unknown { fill: var(--line); background: var(--line); }
.window { fill: var(--second); background: var(--second); }
.features { fill: var(--third); background: var(--third); }
.classify { fill: var(--fourth); background: var(--fourth); }
.p50 { fill: var(--second); background: var(--second); }
.p90 { fill: var(--plain); background: var(--plain); }
.p99 { fill: var(--line); background: var(--line); }
.threshold { stroke: var(--block); stroke-dasharray: 6 4; background: var(--block); }
.scroll { overflow-x: auto; }
.scroll svg { min-width: 760px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { color: var(--quiet); font-weight: 500; text-align: left; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td:last-child { white-space: normal; }
tbody tr:last-child td { border-bottom: 0; }
td .bar {
  display: inline-block; height: 11px; margin-right: 4px; border-radius: 2px;
  background: var(--third); vertical-align: -1px;
}
code { font: 13px ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media print { body { background: #fff; } section, .tile { break-inside: avoid; } }
</style>
</head>
<body>
<main>
<header><h1>callsieve</h1><p>Calls since $since, told at $made (local time)</p></header>
<div class="tiles">$tiles</div>
<div class="cards">$cards</div>
</main>
</body>
</html>
""")
