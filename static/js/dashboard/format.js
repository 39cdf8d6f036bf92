// Numbers with units, as apps/core/formatting.py writes them: for axes and the crosshair, where no text comes along.

const NOTHING = "–";
const SECONDS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const KO = [[1e12, "조"], [1e8, "억"], [1e4, "만"]];
const EN = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];

function plain(value) {
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(2);
  const digits = size === 0 || size >= 100 ? 0 : Math.min(12, 2 - Math.floor(Math.log10(size)));
  const text = value.toLocaleString("en-US", { maximumFractionDigits: digits });
  return text === "-0" ? "0" : text;
}

function compact(value, locale) {
  for (const [size, name] of locale.startsWith("ko") ? KO : EN) {
    if (Math.abs(value) >= size) return plain(value / size) + name;
  }
  return plain(value);
}

function seconds(value) {
  if (value === 0) return "0 s";
  const [size, name] = SECONDS.find(([one]) => Math.abs(value) >= one * 0.9995) ?? SECONDS.at(-1);
  return `${plain(value / size)} ${name}`;
}

function bytes(value) {
  let power = 0;
  while (power < IEC.length - 1 && Math.abs(value) / 1024 ** power >= 1023.5) power += 1;
  return `${plain(value / 1024 ** power)} ${IEC[power]}`;
}

const UNITS = {
  none: plain,
  short: compact,
  count: (value) => value.toLocaleString("en-US", { maximumFractionDigits: 0 }),
  percent: (value) => `${plain(value)} %`,
  percentunit: (value) => `${plain(value * 100)} %`,
  s: seconds,
  ms: (value) => seconds(value / 1000),
  reqps: (value, locale) => `${compact(value, locale)} req/s`,
  ops: (value, locale) => `${compact(value, locale)} ops/s`,
  bytes,
  bytes_per_s: (value) => `${bytes(value)}/s`,
  krw: (value) => `₩${Math.round(value).toLocaleString("en-US")}`.replace("₩-", "-₩"),
  krw_short: (value, locale) => `₩${compact(value, locale)}`.replace("₩-", "-₩"),
};

/** The value in its unit, as text. */
export function formatValue(value, unit, locale) {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  const write = UNITS[unit];
  return write ? write(value, locale) : `${plain(value)} ${unit ?? ""}`.trimEnd();
}

/** The number as a file wants it: all its digits, nothing for a gap. */
export function rawValue(value) {
  return value === null || value === undefined || Number.isNaN(value) ? "" : String(value);
}
