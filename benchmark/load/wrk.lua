-- One body a line of the file named after `--`, made into requests before the clock starts.
local requests, index = {}, 0

function init(args)
  wrk.headers['content-type'] = 'application/json'
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format('POST', wrk.path, wrk.headers, line)
  end
end

function request()
  index = index % #requests + 1
  return requests[index]
end

function done(summary, latency)
  local failed = summary.errors
  print(string.format(
    'RESULT {"perSecond":%.2f,"requests":%d,"p50Ms":%.3f,"p99Ms":%.3f,"answerBytes":%.1f,"errors":%d}',
    summary.requests / summary.duration * 1e6,
    summary.requests,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    summary.bytes / math.max(1, summary.requests),
    failed.connect + failed.read + failed.write + failed.status + failed.timeout
  ))
end
