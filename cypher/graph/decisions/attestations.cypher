// title: Every decision that was made about access
// columns: attestation (its properties)
MATCH (a:Attestation {workspace: $workspace})
WITH a ORDER BY a.decidedAt, a.id
RETURN properties(a) AS attestation
