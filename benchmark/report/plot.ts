import { type BenchmarkResults, cellsOf, median, ratioOf } from '../results.js';
import { type WorkloadName, workloadNames } from '../workloads.js';

const colors = ['#6b7280', '#9ca3af', '#1d4ed8', '#0891b2', '#b45309', '#d97706', '#be123c'];
const width = 1_060;
const panel = { left: 70, width: 760, height: 260 };
const legendLeft = panel.left + panel.width + 20;
/** Strokes of the workloads, in their order. */
const dashes = ['none', '8 3', '3 3', '12 3 3 3', '1 3', '16 4'];
const maxRate = 100_000;
const minRate = 10;

/** The plot of a run as SVG: throughput by system (logarithmic), and cost against size. */
export function toSvg(results: BenchmarkResults): string {
  const systems = [...new Set(results.cells.map(({ system }) => system))];
  const parts = [throughput(results, systems, 40)];
  const grown = results.sizes.length > 1;
  if (grown) parts.push(costs(results, systems, 400));
  const height = grown ? 730 : 360;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>Benchmark: throughput by system${grown ? ', and cost against the number of sessions' : ''}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

function throughput(results: BenchmarkResults, systems: readonly string[], top: number): string {
  const names = workloadNames.filter((name) => results.cells.some((cell) => cell.group === name));
  const slot = panel.width / names.length;
  const bar = (slot - 20) / systems.length;
  const y = (rate: number) => top + panel.height * (1 - share(rate, minRate, maxRate));
  const grid = [10, 100, 1_000, 10_000, 100_000].map((rate) => gridLine(y(rate), rateText(rate)));
  const bars = names.flatMap((name, group) =>
    systems.map((system, index) => {
      const rate = rateOf(results, system, name);
      if (rate === undefined) return '';
      const x = panel.left + group * slot + 10 + index * bar;
      const height = top + panel.height - y(rate);
      return `<rect x="${x.toFixed(1)}" y="${y(rate).toFixed(1)}" width="${(bar - 1).toFixed(1)}" height="${height.toFixed(1)}" fill="${colorOf(index)}"><title>${system}: ${Math.round(rate)}/s</title></rect>`;
    }),
  );
  const labels = names.map((name, group) =>
    label(panel.left + (group + 0.5) * slot, top + panel.height + 18, name),
  );
  const title = 'Requests a second, logarithmic, at the size nearest to 20,000 sessions';
  const legend = systems.map((system, index) =>
    legendLine(top + index * 20, colorOf(index), system),
  );
  return [heading(top, title), ...grid, ...bars, ...labels, ...legend].join('\n');
}

function costs(results: BenchmarkResults, systems: readonly string[], top: number): string {
  const { sizes } = results;
  const smallest = Math.min(...sizes);
  const x = (size: number) => panel.left + panel.width * share(size, smallest, Math.max(...sizes));
  const y = (cost: number) => top + panel.height * (1 - Math.min(cost, 4) / 4);
  const lines = systems.flatMap((system, index) =>
    workloadNames.map((workload, stroke) => {
      const points = sizes.flatMap((size) => {
        const cost = ratioOf(
          results.cells,
          { system, workload, size: smallest },
          { system, workload, size },
        );
        return cost === undefined ? [] : [`${x(size).toFixed(1)},${y(cost).toFixed(1)}`];
      });
      if (points.length < 2) return '';
      return `<polyline points="${points.join(' ')}" fill="none" stroke="${colorOf(index)}" stroke-width="2" stroke-dasharray="${dashes[stroke]}"><title>${system}: ${workload}</title></polyline>`;
    }),
  );
  const grid = [0, 1, 2, 3, 4].map((cost) => gridLine(y(cost), `${cost} ×`));
  const labels = sizes.map((size) =>
    label(x(size), top + panel.height + 18, size.toLocaleString('en')),
  );
  const title = `Time of a request against sessions present, beside ${smallest.toLocaleString('en')}; cut at 4 ×; colours as above`;
  const legend = workloadNames.map((name, stroke) => strokeLine(top + stroke * 20, stroke, name));
  return [heading(top, title), ...grid, ...lines, ...labels, ...legend].join('\n');
}

/** Median throughput at the size nearest to 20,000. */
function rateOf({ cells }: BenchmarkResults, system: string, workload: WorkloadName) {
  const all = cellsOf(cells, { system, workload });
  const [nearest] = all.toSorted((one, other) => distance(one.size) - distance(other.size));
  return median(all.filter(({ size }) => size === nearest?.size).map((cell) => cell.perSecond));
}

function distance(size: number): number {
  return Math.abs(Math.log(size / 20_000));
}

/** Where a value lies between two others, on a logarithmic scale. */
function share(value: number, low: number, high: number): number {
  const place = Math.log(value / low) / Math.log(high / low);
  return Math.min(1, Math.max(0, place));
}

function colorOf(index: number): string {
  return colors[index % colors.length] ?? '#000';
}

function rateText(rate: number): string {
  return rate >= 1_000 ? `${rate / 1_000}k` : String(rate);
}

function heading(top: number, text: string): string {
  return `<text x="${panel.left}" y="${top - 14}" font-weight="bold">${text}</text>`;
}

function label(x: number, y: number, text: string): string {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="middle">${text}</text>`;
}

function gridLine(y: number, text: string): string {
  const right = panel.left + panel.width;
  return `<path d="M${panel.left} ${y.toFixed(1)}H${right}" stroke="#e5e7eb"/><text x="${panel.left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${text}</text>`;
}

function legendLine(y: number, color: string, text: string): string {
  return `<rect x="${legendLeft}" y="${y}" width="12" height="12" fill="${color}"/><text x="${legendLeft + 18}" y="${y + 10}">${text}</text>`;
}

function strokeLine(y: number, stroke: number, text: string): string {
  return `<path d="M${legendLeft} ${y + 6}h30" stroke="#111827" stroke-width="2" stroke-dasharray="${dashes[stroke]}"/><text x="${legendLeft + 36}" y="${y + 10}">${text}</text>`;
}
