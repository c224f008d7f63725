// title: Decisions that are dated after an instant: the clock by which they were made was ahead, or this one is behind
// param now: the instant, ISO in UTC
// columns: decidedAt, reviewer, decisions
MATCH (a:Attestation {workspace: $workspace}) WHERE a.id >= '' AND a.decidedAt > $now
RETURN a.decidedAt AS decidedAt, a.reviewer AS reviewer, count(a) AS decisions
ORDER BY decidedAt, reviewer
