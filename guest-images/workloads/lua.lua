-- lua.lua: what luajit.sh runs: numbers, tables and text. Only operations whose results are exact or correctly rounded,
-- so that the answer is the same on every processor.
local function nbody(steps)
  local bodies = {
    { 0, 0, 0, 0, 0, 0, 39.5 },
    { 4.84, -1.16, -0.10, 0.61, 2.81, -0.02, 0.0377 },
    { 8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.0113 },
    { 12.89, -15.11, -0.22, 1.08, 0.87, -0.01, 0.0017 },
    { 15.38, -25.92, 0.18, 0.98, 0.59, -0.034, 0.002 },
  }
  for _ = 1, steps do
    for i = 1, #bodies do
      local a = bodies[i]
      for j = i + 1, #bodies do
        local b = bodies[j]
        local dx, dy, dz = a[1] - b[1], a[2] - b[2], a[3] - b[3]
        local d2 = dx * dx + dy * dy + dz * dz
        local mag = 0.001 / (d2 * math.sqrt(d2))
        a[4], a[5], a[6] = a[4] - dx * b[7] * mag, a[5] - dy * b[7] * mag, a[6] - dz * b[7] * mag
        b[4], b[5], b[6] = b[4] + dx * a[7] * mag, b[5] + dy * a[7] * mag, b[6] + dz * a[7] * mag
      end
    end
    for i = 1, #bodies do
      local a = bodies[i]
      a[1], a[2], a[3] = a[1] + 0.001 * a[4], a[2] + 0.001 * a[5], a[3] + 0.001 * a[6]
    end
  end
  return bodies[1][1], bodies[3][2]
end

local function sieve(n)
  local composite, count = {}, 0
  for i = 2, n do composite[i] = false end
  for i = 2, n do
    if not composite[i] then
      count = count + 1
      for k = i + i, n, i do composite[k] = true end
    end
  end
  return count
end

local function fannkuch(n)
  local p, q, s, sign, most, sum = {}, {}, {}, 1, 0, 0
  for i = 1, n do p[i], q[i], s[i] = i, i, i end
  while true do
    local q0 = p[1]
    if q0 ~= 1 then
      for i = 2, n do q[i] = p[i] end
      local flips = 1
      while true do
        local qq = q[q0]
        if qq == 1 then
          sum = sum + sign * flips
          if flips > most then most = flips end
          break
        end
        q[q0] = q0
        if q0 >= 4 then
          local i, j = 2, q0 - 1
          repeat
            q[i], q[j] = q[j], q[i]
            i, j = i + 1, j - 1
          until i >= j
        end
        q0, flips = qq, flips + 1
      end
    end
    if sign == 1 then
      p[1], p[2] = p[2], p[1]
      sign = -1
    else
      p[2], p[3] = p[3], p[2]
      sign = 1
      for i = 3, n do
        local sx = s[i]
        if sx ~= 1 then
          s[i] = sx - 1
          break
        end
        if i == n then return sum, most end
        s[i] = i
        local t = p[1]
        for j = 1, i do p[j] = p[j + 1] end
        p[i + 1] = t
      end
    end
  end
end

local function words(rounds)
  local counts, text = {}, "the quick brown fox jumps over the lazy dog and runs away from the angry bear "
  local total = 0
  for i = 1, rounds do
    for word in text:gmatch("%a+") do
      local key = word .. i % 97
      counts[key] = (counts[key] or 0) + #word
    end
    total = total + #text:gsub("o", "0"):upper()
  end
  local keys = {}
  for key in pairs(counts) do keys[#keys + 1] = key end
  table.sort(keys)
  return #keys, counts[keys[7]], total
end

local function closures(n)
  local list = {}
  for i = 1, n do
    list[i % 50 + 1] = function(x) return x + i end
  end
  local sum = 0
  for r = 1, n do
    for i = 1, #list do sum = (list[i](sum) + r) % 1000003 end
  end
  return sum
end

print("nbody", string.format("%.12f %.12f", nbody(300000)))
print("sieve", sieve(3000000))
print("fannkuch", fannkuch(8))
print("words", words(20000))
print("closures", closures(100000))
