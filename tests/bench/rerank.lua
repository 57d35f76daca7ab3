-- Posts 500 candidates each for one of 1,000 users; argument: features (the candidates bring theirs) or ids (the
-- catalogue knows them).
dofile("tests/bench/result.lua")

local genres = {"Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy",
  "History", "Horror", "Music", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"}
local head, rest = "POST /api/rerank HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nX-User-ID: load-", {}

function init(arguments)
  local by_id = arguments[1] == "ids"
  for i = 1, 50 do
    local candidates = {}
    for c = 1, 500 do
      local film = (i * 211 + c * 37) % 20000
      candidates[c] = string.format('{"movie_id":%d,"score":%.3f', 8000000 + film, 1 - c / 1000) ..
        (by_id and "}" or string.format(',"genres":["%s","%s"],"cast":["Player %d","Player %d"]}',
          genres[film % 18 + 1], genres[(film * 7 + 4) % 18 + 1], film * 3 % 4000, film * 5 % 4000))
    end
    local body = '{"candidates":[' .. table.concat(candidates, ",") .. "]}"
    rest[i] = "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
  end
end

function request()
  return head .. math.random(0, 999) .. rest[math.random(#rest)]
end
