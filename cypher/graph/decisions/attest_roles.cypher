// title: Store decisions about roles
// (:User)<-[:ABOUT]-(:Attestation)-[:CONCERNS]->(:Role)
UNWIND $rows AS row
MATCH (u:User {workspace: $workspace, id: row.userId})
MATCH (x:Role {workspace: $workspace, id: row.accessId})
MERGE (a:Attestation {workspace: $workspace, id: row.id})
SET a.kind = 'role', a.userId = row.userId, a.accessId = row.accessId, a.user = row.user, a.access = row.access,
    a.state = row.state, a.decision = row.decision, a.until = row.until, a.note = row.note, a.self = row.self,
    a.reviewer = $reviewer, a.decidedAt = $now, a.worksheet = $worksheet
MERGE (a)-[:ABOUT]->(u)
MERGE (a)-[:CONCERNS]->(x)
RETURN count(a) AS stored
