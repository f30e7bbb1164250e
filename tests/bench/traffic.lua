-- Requests for wrk, and its findings as one line of JSON.
--
--   wrk ... -s traffic.lua URL -- host=HOST paths=FILE [members=FIRST-LAST] [share=PERCENT]
--                                 [writes=PERCENT] [items=FILE] [run=TEXT]
--
-- Paths come from a file, one a line, and are taken by chance. share percent of the reads are by members, whose
-- tokens are "bench-FIRST" to "bench-LAST" (load.sql); writes percent of all requests post a comment to one of
-- the conversations in the other file. Chance is the same at every run, but the texts of comments are not: run makes them new.

local settings = {host = "localhost", paths = nil, members = nil, share = 0, writes = 0, items = nil, run = ""}
local guest_reads, member_heads, member_tails, post_heads = {}, {}, {}, {}
local items = {}
local posted = 0
local threads = 0

local comment = "I had the same trouble last spring, and it took me **three weekends** to find out what it was. "
    .. "There is a [drawing](https://plans.example.org/frames/17) that shows how the two halves meet.\\n\\n"
    .. "Saturday suits me, I can bring two more if somebody has room in the car. The trick is to cut it at an "
    .. "angle, then it holds without any glue. Number "

-- Each thread of wrk has a state of its own; this one alone runs in wrk's.
function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

local function range(text)
    local first, last = text:match("^(%d+)-(%d+)$")
    return tonumber(first), tonumber(last)
end

local function read_settings(arguments)
    for _, argument in ipairs(arguments) do
        local name, value = argument:match("^(%w+)=(.*)$")
        if not name then
            error("not a setting: " .. argument)
        end
        settings[name] = value
    end
    settings.share, settings.writes = tonumber(settings.share), tonumber(settings.writes)
end

-- A request is a head that depends on the path and a tail that depends on who asks.
local function prepare_reads()
    for path in io.lines(settings.paths) do
        local head = "GET " .. path .. " HTTP/1.1\r\nHost: " .. settings.host .. "\r\n"
        guest_reads[#guest_reads + 1] = head .. "\r\n"
        member_heads[#member_heads + 1] = head
    end
end

local function prepare_members()
    local first, last = range(settings.members)
    for n = first, last do
        local authorization = "Authorization: Bearer bench-" .. n .. "\r\n"
        member_tails[#member_tails + 1] = authorization .. "\r\n"
        post_heads[#post_heads + 1] = "POST /api/v1/comments HTTP/1.1\r\nHost: " .. settings.host .. "\r\n"
            .. authorization .. "Content-Type: application/json\r\nContent-Length: "
    end
end

function init(arguments)
    read_settings(arguments)
    if settings.paths then
        prepare_reads()
    end
    if settings.members then
        prepare_members()
    end
    if settings.items then
        for item in io.lines(settings.items) do
            items[#items + 1] = item
        end
    end
    math.randomseed(20260101 + number)
end

local function post()
    posted = posted + 1
    local body = '{"itemType":"conversation","itemId":' .. items[math.random(#items)] .. ',"markdown":"'
        .. comment .. settings.run .. "-" .. number .. "-" .. posted .. '."}'
    return post_heads[math.random(#post_heads)] .. #body .. "\r\n\r\n" .. body
end

function request()
    if settings.writes > 0 and math.random(100) <= settings.writes then
        return post()
    end
    local path = #guest_reads > 1 and math.random(#guest_reads) or 1
    if settings.share > 0 and (settings.share >= 100 or math.random(100) <= settings.share) then
        return member_heads[path] .. member_tails[math.random(#member_tails)]
    end
    return guest_reads[path]
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format('{"requests": %d, "us": %d, "bytes": %d, "errors": %d, '
        .. '"p50_us": %d, "p99_us": %d, "p999_us": %d, "max_us": %d}\n',
        summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
