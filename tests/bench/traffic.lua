-- Requests for wrk, and its findings as one line of JSON.
--
--   wrk ... -s traffic.lua URL -- host=HOST paths=FILE [members=FIRST-LAST] [share=PERCENT]
--                                 [writes=PERCENT] [items=FILE] [run=TEXT] [rate=REQUESTS]
--
-- Paths come from a file, one a line, and are taken by chance. share percent of the reads are by members, whose
-- tokens are "bench-FIRST" to "bench-LAST" (load.sql); writes percent of all requests post a comment to one of
-- the conversations in the other file. Chance is the same at every run, but the texts of comments are not: run makes them new.
--
-- With a rate, each thread of wrk sends so many requests a second, and its connections pause in between.

local ffi = require("ffi")

ffi.cdef("typedef struct { long s, us; } microcosm_time; int gettimeofday(microcosm_time *now, void *zone);")

local settings = {host = "localhost", paths = nil, members = nil, share = 0, writes = 0, items = nil, run = "", rate = nil}
local guest_reads, member_heads, member_tails, post_heads = {}, {}, {}, {}
local items = {}
local posted = 0
local threads = {}

local comment = "I had the same trouble last spring, and it took me **three weekends** to find out what it was. "
    .. "There is a [drawing](https://plans.example.org/frames/17) that shows how the two halves meet.\\n\\n"
    .. "Saturday suits me, I can bring two more if somebody has room in the car. The trick is to cut it at an "
    .. "angle, then it holds without any glue. Number "

-- Each thread of wrk has a state of its own; this one alone runs in wrk's.
function setup(thread)
    threads[#threads + 1] = thread
    thread:set("number", #threads)
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

-- A timetable that nothing moves: the times between departures are exponential, as of people who don't know of each
-- other, and a connection that has its reply takes the next departure. So a slow reply holds up no request but
-- those that no connection is left for. They are late, and how much is noted: wrk's latency begins only when a request is
-- sent. late[n] is the number of those that were n to n + 1 ms late.
late = {}

local function keep_timetable(rate)
    local time = ffi.new("microcosm_time")
    local due, waiting, first, last = nil, {}, 1, 0
    local send = request

    local function now_ms()
        ffi.C.gettimeofday(time, nil)
        return tonumber(time.s) * 1000 + tonumber(time.us) / 1000
    end

    function delay()
        local now = now_ms()
        due = (due or now) - math.log(1 - math.random()) * 1000 / rate
        last = last + 1
        waiting[last] = due
        return math.max(0, math.floor(due - now + 0.5)) -- wrk waits for whole milliseconds
    end

    function request()
        if waiting[first] then -- wrk asks for one before there is any connection
            local by = math.max(0, math.floor(now_ms() - waiting[first]))
            waiting[first], first = nil, first + 1
            late[by] = (late[by] or 0) + 1
        end
        return send()
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
    if settings.rate then
        keep_timetable(tonumber(settings.rate))
    end
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

-- Milliseconds that all but one request in a hundred were late at most; 0 without a timetable.
local function late_p99()
    local counts, total, most = {}, 0, 0
    for _, thread in ipairs(threads) do
        for by, count in pairs(thread:get("late")) do
            counts[by] = (counts[by] or 0) + count
            total, most = total + count, math.max(most, by)
        end
    end
    local above = 0
    for by = most, 0, -1 do
        above = above + (counts[by] or 0)
        if above > total / 100 then
            return by + 1
        end
    end
    return 0
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format('{"requests": %d, "us": %d, "bytes": %d, "errors": %d, '
        .. '"p50_us": %d, "p99_us": %d, "p999_us": %d, "max_us": %d, "late_p99_ms": %d}\n',
        summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max, late_p99()))
end
