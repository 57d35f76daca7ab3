-- Posts of dislikes by 100,000 users on 20,000 films, some disliked far more often than others; arguments: path,
-- dislikes in a request (default 1, not as an array).
dofile("tests/bench/result.lua")

local genres = {"Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy",
  "History", "Horror", "Music", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"}
local reasons = {"not_interested", "not_interested", "wrong_genre", "wrong_genre", "poor_quality"}
local users, films, kept = 100000, 20000, 10007
local head, rest, bodies = nil, {}, {}
local rows = 1

local function dislike(user)
  local film = math.floor(math.random() * math.random() * films)
  local named = {}
  for i = 0, film % 3 do named[#named + 1] = '"' .. genres[(film * 7 + i * 5) % #genres + 1] .. '"' end
  local cast = {}
  for i = 1, film % 4 do cast[#cast + 1] = '"Player ' .. (film * 3 + i * i * 17) % 4000 .. '"' end
  local text = math.random(10) == 1 and ',"feedback_text":"Not again, this is number ' .. math.random(1e6) .. '."' or ""
  local franchise = film % 4 == 0 and ',"franchise":"Series ' .. film % 500 .. '"' or ""
  return string.format('{%s"movie_id":%d,"movie_title":"A film with the number %d","predicted_score":%.3f,' ..
    '"reason":"%s","genres":[%s],"cast":[%s]%s%s}', user and '"user_id":"user-' .. user .. '",' or "",
    film, film, math.random(), reasons[math.random(#reasons)], table.concat(named, ","), table.concat(cast, ","),
    franchise, text)
end

function init(arguments)
  local path = arguments[1] or "/api/dislike"
  rows = tonumber(arguments[2] or 1)
  math.randomseed(os.time())
  head = "POST " .. path .. " HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nX-User-ID: "
  for i = 1, (rows == 1 and kept or 200) do
    local body
    if rows == 1 then
      body = dislike()
    else
      local all = {}
      for row = 1, rows do all[row] = dislike(math.random(users)) end
      body = "[" .. table.concat(all, ",") .. "]"
    end
    rest[i] = "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
  end
end

function request()
  return head .. "user-" .. math.random(users) .. rest[math.random(#rest)]
end
