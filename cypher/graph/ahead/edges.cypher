// title: Access that was first seen after an instant counts as first seen then, and what ended after it as ended then
// param now: the instant, ISO in UTC
// param batch: how many at most
// The clock of the load that saw it was ahead.
// (:User)-[:HAS_ROLE|HAD_ROLE]->(:Role)-[:GRANTS]->()      (:User)-[:MEMBER_OF|WAS_MEMBER_OF]->(:Team)
MATCH (x:User|Role|FormerUser|FormerRole {workspace: $workspace})-[e:HAS_ROLE|MEMBER_OF|GRANTS|HAD_ROLE|WAS_MEMBER_OF]->()
WHERE e.firstSeen > $now OR e.since > $now OR e.until > $now
WITH e LIMIT $batch
SET e.firstSeen = CASE WHEN e.firstSeen > $now THEN $now ELSE e.firstSeen END,
    e.since = CASE WHEN e.since > $now THEN $now ELSE e.since END,
    e.until = CASE WHEN e.until > $now THEN $now ELSE e.until END
RETURN count(e) AS number
