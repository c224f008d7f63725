// title: Take back decisions that are dated after an instant
// param now: the instant, ISO in UTC
MATCH (a:Attestation {workspace: $workspace}) WHERE a.id >= '' AND a.decidedAt > $now
WITH collect(a) AS gone, count(a) AS number
FOREACH (a IN gone | DETACH DELETE a)
RETURN number
