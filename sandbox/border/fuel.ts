/**
 * Fuel that a microsecond of processor time burns, as measured with warm code; see decision 0011.
 * Limits in milliseconds are turned into fuel by it, so that they mean the same work everywhere.
 */
export const FUEL_PER_MICROSECOND = 250
