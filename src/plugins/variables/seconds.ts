/** Milliseconds as seconds with three digits, the way nginx writes times. */
export function seconds(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1000).toFixed(3)
}
