import {
  fetchAborted,
  fetchBusy,
  fetchFailed,
  fetchHeadersExceeded,
  fetchTimedOut,
} from '../errors.ts'
import { HostRefusal } from '../refusal.ts'

/** What a script is told of anything that went wrong below a fetch. */
export function asFetchRefusal(error: unknown): HostRefusal {
  if (error instanceof HostRefusal) return error
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown }
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return fetchTimedOut(error)
    case 'UND_ERR_HEADERS_OVERFLOW':
      return fetchHeadersExceeded(error)
    case 'UND_ERR_MAX_ORIGINS_REACHED':
      return fetchBusy(error)
    case 'UND_ERR_ABORTED':
      return fetchAborted()
    default:
      return name === 'AbortError' ? fetchAborted() : fetchFailed(error)
  }
}
