import { PerformanceObserver } from 'node:perf_hooks'

/** How a worker is. */
export interface Vitals {
  /** 0 where there is no worker. */
  pid: number
  /** Another number after each sweep: a worker whose beat stays is stuck. */
  beat: number
  /** Resident memory in bytes, a second old at most. */
  memory: number
  /** The latest that a sweep was in the last ten to twenty seconds, in milliseconds. */
  delay: number
  /** Spent in collecting garbage since it started, in milliseconds; 0 unless that is watched. */
  gc: number
}

/** This process's own. */
export const vitals: Vitals = { pid: process.pid, beat: 0, memory: 0, delay: 0, gc: 0 }

/** In sweeps. */
const MEMORY_EVERY = 10
const DELAY_WINDOW = 100

let sweptAt = performance.now()
let worst = 0
let worstBefore = 0

/** Sweeps begin: what it took to come here is no delay. */
export function beginVitals(): void {
  sweptAt = performance.now()
}

/**
 * Called with each sweep, which is due `every` milliseconds after the one before. That it comes
 * late is how long the event loop keeps others waiting, too, and costs nothing to know.
 */
export function takeVitals(every: number): void {
  const now = performance.now()
  worst = Math.max(worst, now - sweptAt - every)
  sweptAt = now
  vitals.delay = Math.max(worst, worstBefore)
  if (vitals.beat % MEMORY_EVERY === 0) vitals.memory = process.memoryUsage.rss()
  vitals.beat++
  if (vitals.beat % DELAY_WINDOW === 0) {
    worstBefore = worst
    worst = 0
  }
}

let watched = false

/**
 * Counts the time of garbage collections from now on. It is asked for by whoever shows it: Node
 * makes an object and a callback of each, which under full load takes three percent.
 */
export function watchGc(): void {
  if (watched) return
  watched = true
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) vitals.gc += duration
  })
  observer.observe({ entryTypes: ['gc'] })
}
