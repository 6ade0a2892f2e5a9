/** What the reference says of an error, beyond what the error says of itself. */
export interface ErrorText {
  readonly meaning: string
  readonly remedy: string
  /** Where the status is not always the same. */
  readonly statuses?: string
}

/** By code. */
export const TEXTS: Readonly<Record<string, ErrorText>> = {
  CLIENT_BAD_REQUEST: {
    statuses:
      '400; 414 for a request line that is too long, 501 for an unknown transfer coding, 505 for an HTTP version above 1',
    meaning:
      'The request breaks the rules of HTTP/1 (RFC 9112) or a limit on its head: a malformed line, two lengths, a length and chunks together, a missing or invalid Host, a target that leaves the root, a head that is too large. The connection is closed after the answer, because nobody can tell where a next request would begin.',
    remedy:
      'Nothing, where it is the client. For heads that are honest and large raise `large_client_header_buffers` or `max_headers`.',
  },
  CLIENT_SPEAKS_PLAINLY: {
    statuses: '400; 497 for `error_page`',
    meaning: 'The client sent a request without TLS to an address where TLS is spoken.',
    remedy:
      'Use https, or send such clients there: `error_page: 497 =301 https://$host$request_uri`.',
  },
  CLIENT_WITHOUT_CERTIFICATE: {
    statuses: '400; 496 for `error_page`',
    meaning:
      'The server demands a certificate of its clients (`ssl_verify_client: on`), and this one showed none.',
    remedy: 'Give the client one, or say `optional` and look at `$ssl_client_verify`.',
  },
  CLIENT_CERTIFICATE_WRONG: {
    statuses: '400; 495 for `error_page`',
    meaning:
      'The client’s certificate has expired, was taken back, or is of an authority that is not among those of `ssl_client_certificate` and `ssl_trusted_certificate`.',
    remedy: 'The line in the log has the reason.',
  },
  CLIENT_MISDIRECTED: {
    meaning:
      'The client agreed with one server how to speak, and then asked another one, which verifies clients. What was checked before does not count there.',
    remedy: 'Nothing: a browser asks again on a connection of its own.',
  },
  CLIENT_METHOD_REFUSED: {
    meaning:
      'The client sent CONNECT or TRACE. A reverse proxy gives no tunnels, and an echo would show a page the cookies it must not see.',
    remedy: 'Nothing.',
  },
  RESPONSE_REFUSED: {
    meaning:
      'A filter has seen from the body that it cannot be sent (`image_filter`: it is no image), and answers with a status instead. Who made the response is told to stop.',
    remedy: 'Look at the line of that filter in the error log.',
  },
  CLIENT_TIMED_OUT: {
    meaning:
      'The client was too slow: its head took longer than `client_header_timeout`, its body paused for longer than `client_body_timeout`, or it took nothing of the response for `send_timeout`. What has begun to be answered is cut instead of answered with 408.',
    remedy: 'Raise the timeout where clients are honestly slow.',
  },
  CLIENT_CLOSED: {
    meaning:
      'The client left before it had its answer. Nobody gets the 499: it is what the access log shows. An upstream that was working for the client is told to stop, unless `proxy_ignore_client_abort` is on.',
    remedy: 'Nothing. Many of these mean that the upstream takes longer than clients wait.',
  },
  CLIENT_BODY_TOO_LARGE: {
    meaning:
      'A chunked body grew beyond `client_max_body_size`. (A body that announces too much is refused before it is read, with `client intended to send too large body: N bytes`.)',
    remedy: 'Raise `client_max_body_size` where such bodies are wanted.',
  },
  REDIRECTION_CYCLE: {
    meaning: 'One request went through more than ten internal redirects or changes of location.',
    remedy:
      'Look for an `error_page` or `index` that leads back to where it came from; the `debug` level of the error log shows the way of the request.',
  },
  PLUGIN_FAILED: {
    meaning:
      'A handler, filter, balancer or variable of a plugin threw something, or its promise was rejected. The stack stands in the message, with lines of the TypeScript source. Where the response had begun the connection is cut.',
    remedy: 'Correct the plugin.',
  },
  CONTENT_NOT_ANSWERED: {
    meaning:
      'A content handler said `pass`, which settles a phase; but in this one somebody has to answer.',
    remedy: 'Change the plugin: answer and say `done`, or say `next` to let the next one answer.',
  },
  RESPONSE_TOO_LONG: {
    meaning:
      'A plugin or upstream gave more bytes than its Content-Length announced. None of the surplus is sent.',
    remedy: 'A filter that changes a body sets `head.length` to the new length, or to `undefined`.',
  },
  RESPONSE_TOO_SHORT: {
    meaning:
      'A response ended before the bytes its Content-Length announced. The connection is cut, so that the client sees it is incomplete.',
    remedy: 'As for RESPONSE_TOO_LONG.',
  },
  UPSTREAM_NONE_LIVE: {
    meaning:
      'Every peer of the upstream is down, has failed out, is full, or was asked for this request already.',
    remedy:
      'The lines before it say why the peers failed. `max_fails`, `fail_timeout`, `max_conns` and `backup` decide who may be asked.',
  },
  UPSTREAM_UNRESOLVED: {
    meaning:
      'The name of a peer had no address when the worker started. The gateway starts all the same, with a warning, and requests to this peer fail.',
    remedy: 'Correct the name, or reload once it can be resolved.',
  },
  UPSTREAM_UNKNOWN: {
    meaning:
      'The variables of a `proxy_pass` led to something that is neither an upstream nor an address.',
    remedy: 'Look at what the variables hold; clients may decide it.',
  },
  UPSTREAM_BIND_FAILED: {
    meaning:
      'The address that `proxy_bind` names cannot be had: this machine does not have it, it is of another family than the address of the peer, or its port is in use.',
    remedy: 'Name an address of this machine, without a port.',
  },
  UPSTREAM_CONNECT_FAILED: {
    meaning:
      'A connection to the peer could not be made. The next peer is asked if `proxy_next_upstream` has `error`.',
    remedy: "The words in parentheses are the operating system's.",
  },
  UPSTREAM_TIMED_OUT: {
    meaning:
      'The peer was silent for too long: `proxy_connect_timeout`, `proxy_send_timeout` or `proxy_read_timeout` has passed. The next peer is asked if `proxy_next_upstream` has `timeout` and nothing was answered yet.',
    remedy: 'Raise the timeout where the peer is honestly slow.',
  },
  UPSTREAM_HANDSHAKE_FAILED: {
    meaning:
      'TLS could not be agreed on with the peer: it speaks something else, no version or cipher that is spoken here, demands a certificate, or has closed the connection. The next peer is asked if `proxy_next_upstream` has `error`.',
    remedy:
      "The words in parentheses are OpenSSL's. Many servers want to hear a name: `proxy_ssl_server_name on`.",
  },
  UPSTREAM_CERTIFICATE_WRONG: {
    meaning:
      'The certificate of the peer is not from an authority of `proxy_ssl_trusted_certificate`, is not valid now, was taken back, or is for another name. Nothing was sent. The next peer is asked if `proxy_next_upstream` has `error`.',
    remedy: 'Name its authority, or the name it is for (`proxy_ssl_name`).',
  },
  UPSTREAM_BROKE: {
    meaning: 'The connection to the peer was reset while it was being used.',
    remedy: 'Look at the peer.',
  },
  UPSTREAM_CLOSED: {
    meaning:
      'The peer closed its connection before its answer was complete. On a kept connection that is ordinary: the peer closed it while the request was on its way, and the request is sent again on a new connection if that is safe.',
    remedy:
      "Where it is frequent, let `keepalive_timeout` of the upstream be shorter than the peer's own.",
  },
  UPSTREAM_INVALID_HEADER: {
    meaning:
      'The head of the answer is malformed, contradicts itself (a length and chunks, two lengths), or is larger than `proxy_buffer_size`. The next peer is asked if `proxy_next_upstream` has `invalid_header`.',
    remedy: 'Correct the peer; for heads that are honest and large raise `proxy_buffer_size`.',
  },
  UPSTREAM_INVALID_BODY: {
    meaning: 'The chunks of an answer are malformed. The response is cut.',
    remedy: 'Correct the peer.',
  },
  NO_CONNECTION_SLOTS: {
    meaning:
      'A connection to a peer was needed and all of `worker_connections` are busy; none of them was idle.',
    remedy: 'Raise `worker_connections` (and the limit of open files), or use more workers.',
  },
  REQUEST_BODY_SPENT: {
    meaning:
      'A request body was streamed to one upstream (`proxy_request_buffering: off`), and an `error_page` or a second upstream asked for it again.',
    remedy: 'Leave `proxy_request_buffering` on where a body may have to be sent twice.',
  },
  SUBREQUESTS_TOO_DEEP: {
    meaning: 'A subrequest made a subrequest, and so on, fifty deep.',
    remedy: 'Look for a page that includes itself.',
  },
  FILE_CHANGED: {
    meaning: 'A file became shorter while it was being sent. The response is cut.',
    remedy: 'Replace files by renaming a finished one, instead of writing into them.',
  },
  PATH_OUTSIDE: {
    meaning:
      'A variable in `root` or `alias`, or what meets where an `alias` is put before the rest of a URI (`/img` and `../`), would lead out of the folder. The client gets 404.',
    remedy:
      'Somebody tries what is there: nothing has to be done. End both the location and its `alias` in a slash.',
  },
  ALIAS_OF_REWRITTEN: {
    meaning:
      'A file is asked for in a location with `alias`, and a `rewrite … break` has changed the URI: which part of it the alias replaces is not known any more.',
    remedy: 'Use `root` there, or let the URI find its location anew with `last`.',
  },
  TEMP_FILE_FAILED: {
    meaning:
      'A temporary file for the body of a request could not be made, written or read back. (Of a response: only that it could not be read back. Where one cannot be written, the response waits in memory, and its peer with it.)',
    remedy:
      'Look at the folders of `client_body_temp_path` and `proxy_temp_path`: they must exist, belong to the user of the workers, and have room.',
  },
}
