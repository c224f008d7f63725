// title: Store decisions about <noun>
// each: node that is decided about
// (:User)<-[:ABOUT]-(:Attestation)-[:CONCERNS]->(:<Label>)
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row.userId})
MATCH (x:<Label> {workspace: $workspace, id: row.accessId})
MERGE (a:Attestation {workspace: $workspace, id: row.id})
SET a.kind = '<label>', a.userId = row.userId, a.accessId = row.accessId, a.user = row.user, a.access = row.access,
    a.state = row.state, a.decision = row.decision, a.until = row.until, a.note = row.note, a.self = row.self,
    a.reviewer = $reviewer, a.decidedAt = $now, a.worksheet = $worksheet
MERGE (a)-[:ABOUT]->(u)
MERGE (a)-[:CONCERNS]->(x)
RETURN count(a) AS stored
