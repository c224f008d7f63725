// title: Decisions about one's own access
// question: Whose access was last decided on by the person who has it?
// why: Nobody reviews themselves. It was let pass with --allow-self, and somebody else should look.
// controls: SOC2 CC6.3, ISO27001 A.5.3, NIST AC-5
// severity: medium
// needs: users, decisions
// examines: accounts
// before-decisions: none
// columns: path, user, kind, access, decision, until, decidedAt, reviewer, note
// (:User)<-[:ABOUT]-(:Attestation)-[:CONCERNS]->(:Role|:Team)
MATCH (a:Attestation {workspace: $workspace}) WHERE a.id >= '' AND a.self = true
MATCH (u:User {workspace: $workspace})<-[:ABOUT]-(a)
WHERE NOT EXISTS {
  MATCH (u)<-[:ABOUT]-(b:Attestation)
  WHERE b.kind = a.kind AND b.accessId = a.accessId
        AND (b.decidedAt > a.decidedAt OR (b.decidedAt = a.decidedAt AND b.id > a.id))
}
MATCH (a)-[:CONCERNS]->(x)<-[:HAS_ROLE|MEMBER_OF]-(u)
WITH a, coalesce(u.username, u.id) AS user, coalesce(x.name, x.id) AS access
RETURN [user, access] AS path, user, a.kind AS kind, access, a.decision AS decision, a.until AS until,
       a.decidedAt AS decidedAt, a.reviewer AS reviewer, a.note AS note
ORDER BY user, kind, access, a.id
