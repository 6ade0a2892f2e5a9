/**
 * `gateway/plugin`: everything a plugin may use, built-in or not. This is the only file of the
 * repository that re-exports; what it does not name is the gateway's own business.
 */

// What a plugin is.

export {
  type AnyPlugin,
  definePlugin,
  type Granted,
  type InstalledPlugin,
  type Isolated,
  type Place,
  type Plugin,
} from './kernel/plugin-record.ts'

// Directives.

export { isOfType, type MimeTypes, mimeTypes } from './content/mime-types.ts'
export {
  type ConfigOf,
  type Directive,
  type Directives,
  type Entry,
  type Node,
  SCOPES,
  type Scope,
  type Shape,
} from './kernel/directive/directive.ts'
export { type DynamicSize, dynamicSize } from './kernel/directive/dynamic-size.ts'
export { ConfigError, type Mark } from './kernel/directive/mark.ts'
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
} from './kernel/directive/readers.ts'
export { declareZone } from './kernel/directive/zone-parameter.ts'
export type { LocationSettings } from './kernel/settings/location.ts'
export type { ServerSettings } from './kernel/settings/server.ts'
export { type TempPath, tempPath } from './kernel/settings/temp-path.ts'

// Files of TLS.

export type { CertificatePair } from './kernel/tls/certificate-pair.ts'
export { loadTlsFile, type TlsFile, tlsFile } from './kernel/tls/tls-file.ts'
export { tlsVersions } from './kernel/tls/tls-versions.ts'

// Phases.

export type { Branch } from './kernel/phase/branch.ts'
export {
  type Awaitable,
  type Handler,
  type OpenPhase,
  PHASES,
  type Phase,
  type Verdict,
} from './kernel/phase/verdict.ts'

// A request.

export { lookAt, openFile, statsOf } from './content/file-access.ts'
export {
  fileHead,
  fileRefused,
  type OpenedFile,
  openedFile,
  sendFile,
  sendPart,
} from './content/file-answer.ts'
export { etagOf } from './content/file-etag.ts'
export {
  fileBelow,
  filePath,
  folderOf,
  followAlias,
  type NamedFile,
  openable,
} from './content/file-path.ts'
export type { Client, TlsFacts } from './kernel/exchange/client.ts'
export type { Exchange } from './kernel/exchange/exchange.ts'
export { foreignTarget } from './kernel/exchange/foreign-target.ts'
export { requestLineOf } from './kernel/exchange/log-exchange.ts'
export {
  type BodyReceiver,
  type MadeBody,
  type RequestBody,
  streamedBody,
} from './kernel/exchange/request-body.ts'
export type { Subrequest, SubrequestOptions } from './kernel/exchange/subrequest.ts'

// Its response.

export { addVary } from './content/add-vary.ts'
export { describeChangedBody, type Validators, weakenEtag } from './content/changed-body.ts'
export { contentType } from './content/content-type.ts'
export { type ByteTransform, TransformSink } from './content/transform-sink.ts'
export { carryChallenges } from './kernel/exchange/carried.ts'
export { finishInstead } from './kernel/filter/finish-instead.ts'
export { Replacement, replaceByStatus } from './kernel/filter/replacement.ts'
export type { Sink } from './kernel/filter/sink.ts'
export { type Filter, STAGES, type Stage } from './kernel/filter/stage.ts'
export { KeptBody } from './kernel/socket/kept-body.ts'
export { type ByteRange, Head } from './wire/head.ts'

// Variables.

export { byteString } from './base/byte-string.ts'
export { compileRegex, RegexError } from './base/regex.ts'
export { capture, uncapture } from './kernel/variable/captures.ts'
export { type Definition, defineVariable, type Memory } from './kernel/variable/remembered.ts'
export {
  lastingOf,
  mainOf,
  type RequestValue,
  requestValue,
} from './kernel/variable/request-value.ts'
export { constant, type Template } from './kernel/variable/template.ts'
export type { Getter, Setter, Variable, VariableFamily } from './kernel/variable/variable.ts'

// Upstreams.

export { collectBody, keepBody } from './forward/collect-body.ts'
export { forward } from './forward/forward.ts'
export type { ForwardOptions } from './forward/forward-options.ts'
export { http1, https1 } from './forward/http1.ts'
export type { Http1Request } from './forward/http1-request.ts'
export { NEXT_CONDITIONS, type NextCondition } from './forward/next-upstream.ts'
export { limitRate, type Pace, PacedSink } from './forward/paced-sink.ts'
export type { Asking, PeerAnswer, Protocol } from './forward/protocol.ts'
export { IGNORABLE_FIELDS } from './forward/steering.ts'
export type { PeerTlsSettings } from './forward/tls/peer-context.ts'
export { PeerTls } from './forward/tls/peer-tls.ts'
export type { Answered, Attempt } from './kernel/upstream/attempt.ts'
export type { Balancer, PeerChooser, Peers } from './kernel/upstream/balancer.ts'
export { type Bind, type LocalAddress, readBind } from './kernel/upstream/local-address.ts'
export type { Peer, PeerSettings } from './kernel/upstream/peer.ts'
export { findUpstream } from './kernel/upstream/registry.ts'
export { nextByWeight } from './kernel/upstream/round-robin.ts'
export type { TlsTerms } from './kernel/upstream/tls-terms.ts'
export type { Upstream } from './kernel/upstream/upstream.ts'
export type { ConnectionUser, UpstreamConnection } from './kernel/upstream/upstream-connection.ts'

// What goes over the wire.

export { forwardedFor, type Trust } from './wire/address/forwarded-for.ts'
export {
  bytesOfIP,
  type IPWords,
  parseIP,
  parseIPv4,
  unmappedIP,
} from './wire/address/ip-address.ts'
export {
  type IPNetwork,
  isInNetwork,
  lastOfNetwork,
  parseIPNetwork,
} from './wire/address/ip-network.ts'
export { namesCoding } from './wire/http1/content-coding.ts'
export { formatHttpDate, parseHttpDate } from './wire/http1/date.ts'
export { fieldFates } from './wire/http1/field-fate.ts'
export { Fields, type ReadonlyFields, sameName } from './wire/http1/fields.ts'
export { passFields, unpassedFields } from './wire/http1/pass-fields.ts'
export { reasonOf } from './wire/http1/status.ts'
export { isToken, trimBlanks } from './wire/http1/tokens.ts'
export { mayTrail } from './wire/http1/trailers.ts'
export { escapePath, parseTarget, type Target } from './wire/uri.ts'

// Errors and time.

export { steadyTime } from './base/clock.ts'
export { clientClosed, fileChanged, GatewayError, pluginFailed } from './base/errors.ts'
export type { Level } from './base/level.ts'
export { codeOf, describeSystemError } from './base/system-error.ts'
export { VERSION } from './base/version.ts'

// Logs and counts.

export { type Counts, totalCounts, workerVitals } from './kernel/process/counters.ts'
export { type PluginCounts, pluginCounts } from './kernel/process/plugin-counts.ts'
export type { Serving } from './kernel/process/serving.ts'
export { type Vitals, watchGc } from './kernel/process/vitals.ts'
export { AppendingFile } from './storage/log/appending-file.ts'
export { type LogFile, openLogFile } from './storage/log/log-file.ts'

// Temporary files, and state that workers share.

export type { TempFolder } from './storage/temp/temp-folder.ts'
export { sharedZones } from './storage/zone/open-zones.ts'
export type { Outcome } from './storage/zone/records.ts'
export type { Hold, SharedZone, ZoneKind } from './storage/zone/shared-zone.ts'
export type { Change } from './storage/zone/zone-store.ts'
