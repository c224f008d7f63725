// title: Which of these decisions are stored already
// param ids: ids of attestations
// columns: id, decidedAt
UNWIND $ids AS id
MATCH (a:Attestation {workspace: $workspace, id: id})
RETURN a.id AS id, a.decidedAt AS decidedAt
