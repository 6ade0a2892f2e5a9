-- What wrk sends: METHOD BODY_BYTES DEPTH keep|close PATH...
-- Seven header lines a browser would send; wrk adds none but Host, which is one of them.
local headers = {
  ["Host"] = "www.example.com",
  ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  ["Accept-Language"] = "en-GB,en;q=0.7,de;q=0.3",
  ["Accept-Encoding"] = "gzip, deflate, br",
  ["Cookie"] = "session=6f1d2c3b4a5968778695a4b3c2d1e0ff; theme=dark",
  ["Cache-Control"] = "max-age=0",
}

local user = os.getenv("WRK_USER")
if user then headers["Authorization"] = "Basic " .. user end

local batches = {}
local turn = 0

function init(args)
  local method, size, depth, ending = args[1], tonumber(args[2]), tonumber(args[3]), args[4]
  local body = nil
  if size > 0 then
    body = string.rep("x", size)
    headers["Content-Type"] = "application/octet-stream"
  end
  if ending == "close" then headers["Connection"] = "close" end
  for i = 5, #args do
    local one = wrk.format(method, args[i], headers, body)
    batches[#batches + 1] = string.rep(one, depth)
  end
end

function request()
  turn = turn % #batches + 1
  return batches[turn]
end

-- wrk looks for this function before any arguments are known.
local pause = tonumber(os.getenv("WRK_DELAY"))
if pause then
  function delay()
    return pause
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect, e.read + e.write, e.timeout, e.status))
end
