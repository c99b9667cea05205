/* The same as services/gateway/pages/formats.py, for what only the browser knows. */
const UNITS = ["B", "KB", "MB", "GB", "TB"];

export function bytes(count) {
  let amount = count;
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${count} B` : `${amount.toFixed(amount >= 100 ? 0 : 1)} ${UNITS[unit]}`;
}
