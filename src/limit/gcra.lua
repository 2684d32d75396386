-- Counts one act of a client under everything that it counts for, in one round trip (GCRA), or under nothing: then it
-- says how many microseconds the client must wait.
--
-- KEYS: the client for each of its rates, and the prefix around it for each. Under each lies the moment at which all
--       turns are back, in microseconds by this server's clock: replicas whose clocks differ agree by it.
-- ARGV: for each key the time for one turn in microseconds, and how many there are at once.
--
-- The arithmetic is that of rate.rs; a test holds the two against each other.

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local longest = 0
local used = {}
for i = 1, #KEYS do
  local one_each, whole = ARGV[2 * i - 1], ARGV[2 * i - 1] * ARGV[2 * i]
  local back = tonumber(redis.call('GET', KEYS[i]) or now)
  used[i] = math.min(math.max(back - now, 0), whole) + one_each
  longest = math.max(longest, used[i] - whole)
end
if longest == 0 then
  for i = 1, #KEYS do
    redis.call('SET', KEYS[i], string.format('%.0f', now + used[i]), 'PX', math.ceil(used[i] / 1000))
  end
end
return longest
