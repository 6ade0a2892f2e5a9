/**
 * `gateway/plugin`: everything a plugin may use, built-in or not. This is the only file of the
 * repository that re-exports; what it does not name is the kernel's own business.
 */

// Time.
export { steadyTime } from './clock.ts'
// Directives.
export {
  type ConfigOf,
  type Directive,
  type Directives,
  type Entry,
  type Node,
  SCOPES,
  type Scope,
  type Shape,
} from './directive/directive.ts'
export { type DynamicSize, dynamicSize } from './directive/dynamic-size.ts'
export { ConfigError, type Mark } from './directive/mark.ts'
export {
  directive,
  flag,
  number,
  oneOf,
  parseSize,
  parseTime,
  readNumber,
  readSize,
  readTime,
  size,
  template,
  text,
  time,
} from './directive/readers.ts'
export { clientClosed, fileChanged, GatewayError, pluginFailed } from './errors.ts'
// A request and its response.
export { carryChallenges } from './exchange/carried.ts'
export type { Client } from './exchange/client.ts'
export { contentType } from './exchange/content-type.ts'
export type { Exchange } from './exchange/exchange.ts'
export { filePath, openable, statsOf } from './exchange/file-path.ts'
export { foreignTarget } from './exchange/foreign-target.ts'
export { forwardedFor, type Trust } from './exchange/forwarded-for.ts'
export {
  bytesOfIP,
  type IPWords,
  parseIP,
  parseIPv4,
  unmappedIP,
} from './exchange/ip-address.ts'
export {
  type IPNetwork,
  isInNetwork,
  lastOfNetwork,
  parseIPNetwork,
} from './exchange/ip-network.ts'
export type { BodyReceiver, RequestBody } from './exchange/request-body.ts'
export type { Subrequest, SubrequestOptions } from './exchange/subrequest.ts'
export { escapePath, parseTarget, type Target } from './exchange/uri.ts'
export { type ByteRange, Head } from './filter/head.ts'
export { limitRate, type Pace, PacedSink } from './filter/paced-sink.ts'
export { Replacement, replaceByStatus } from './filter/replacement.ts'
export type { Sink } from './filter/sink.ts'
export { type Filter, STAGES, type Stage } from './filter/stage.ts'
export { formatHttpDate, parseHttpDate } from './http1/date.ts'
export { fieldFates } from './http1/field-fate.ts'
export { Fields, type ReadonlyFields, sameName } from './http1/fields.ts'
export { passFields, unpassedFields } from './http1/pass-fields.ts'
export { reasonOf } from './http1/status.ts'
export { isToken } from './http1/tokens.ts'
export { mayTrail } from './http1/trailers.ts'
export { AppendingFile } from './log/appending-file.ts'
// Logs and counts.
export type { Level } from './log/level.ts'
export { type LogFile, openLogFile } from './log/log-file.ts'
export { codeOf, describeSystemError } from './log/system-error.ts'
export type { Branch } from './phase/branch.ts'
export {
  type Awaitable,
  type Handler,
  type OpenPhase,
  PHASES,
  type Phase,
  type Verdict,
} from './phase/verdict.ts'
// What a plugin is.
export { type AnyPlugin, definePlugin, type Place, type Plugin } from './plugin-record.ts'
export { type Counts, totalCounts, workerVitals } from './process/counters.ts'
export { type Vitals, watchGc } from './process/vitals.ts'
export type { LocationSettings } from './settings/location.ts'
export type { ServerSettings } from './settings/server.ts'
// Bodies that are sent again and again, and those that wait in files.
export { KeptBody } from './socket/kept-body.ts'
export type { TempFolder } from './temp/temp-folder.ts'
export { type TempPath, tempPath } from './temp/temp-path.ts'
// Upstreams.
export type { Balancer, Peers } from './upstream/balancer.ts'
export { collectBody } from './upstream/collect-body.ts'
export type { ForwardOptions } from './upstream/forward-options.ts'
export { http1 } from './upstream/http1.ts'
export type { Http1Request } from './upstream/http1-request.ts'
export { type Bind, type LocalAddress, readBind } from './upstream/local-address.ts'
export { NEXT_CONDITIONS, type NextCondition } from './upstream/next-upstream.ts'
export type { Peer, PeerSettings } from './upstream/peer.ts'
export { findUpstream } from './upstream/registry.ts'
export { nextByWeight } from './upstream/round-robin.ts'
export { IGNORABLE_FIELDS } from './upstream/steering.ts'
export type { Upstream } from './upstream/upstream.ts'
export { byteString } from './variable/byte-string.ts'
export { capture, uncapture } from './variable/captures.ts'
export { type Definition, defineVariable, type Memory } from './variable/remembered.ts'
export { mainOf, type RequestValue, requestValue } from './variable/request-value.ts'
export { constant, type Template } from './variable/template.ts'
export type { Getter, Setter, Variable, VariableFamily } from './variable/variable.ts'
export { VERSION } from './version.ts'
// State that workers share.
export { sharedZones } from './zone/open-zones.ts'
export type { Outcome } from './zone/records.ts'
export type { Hold, SharedZone, ZoneKind } from './zone/shared-zone.ts'
export { declareZone } from './zone/zone-parameter.ts'
export type { Change } from './zone/zone-store.ts'
