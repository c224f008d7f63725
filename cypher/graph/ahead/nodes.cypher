// title: What was first seen after an instant counts as first seen then
// param now: the instant, ISO in UTC
// param batch: how many at most
// The clock of the load that saw it was ahead.
MATCH (x:User|Role|Team|FormerUser|FormerRole|FormerTeam {workspace: $workspace})
WHERE x.firstSeen > $now OR x.until > $now
WITH x LIMIT $batch
SET x.firstSeen = CASE WHEN x.firstSeen > $now THEN $now ELSE x.firstSeen END,
    x.until = CASE WHEN x.until > $now THEN $now ELSE x.until END
RETURN count(x) AS number
