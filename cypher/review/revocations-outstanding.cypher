// title: Revocations that were not carried out
// question: Which access was to be revoked in a review, and is still there or came back?
// why: A decision that nobody carries out is none. What came back after it was taken away was given against the decision.
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-2(3)
// severity: high
// needs: users, roles, teams, members, deactivatedMembers, decisions
// examines: accounts
// before-decisions: none
// columns: path, user, kind, access, standing, decidedAt, reviewer, since, note, active, lastLogin
// (:User)<-[:ABOUT]-(:Attestation)-[:CONCERNS]->(:Role|:Team)
MATCH (a:Attestation {workspace: $workspace}) WHERE a.id >= '' AND a.decision = 'revoke'
MATCH (u:User {workspace: $workspace})<-[:ABOUT]-(a)
WHERE NOT EXISTS {
  MATCH (u)<-[:ABOUT]-(b:Attestation)
  WHERE b.kind = a.kind AND b.accessId = a.accessId
        AND (b.decidedAt > a.decidedAt OR (b.decidedAt = a.decidedAt AND b.id > a.id))
}
MATCH (a)-[:CONCERNS]->(x)<-[e:HAS_ROLE|MEMBER_OF]-(u)
WITH a, e, coalesce(u.username, u.id) AS user, coalesce(x.name, x.id) AS access, u
RETURN [user, access] AS path, user, a.kind AS kind, access,
       CASE WHEN e.firstSeen > a.decidedAt THEN 'came back' ELSE 'outstanding' END AS standing,
       a.decidedAt AS decidedAt, a.reviewer AS reviewer, e.firstSeen AS since, a.note AS note,
       u.active AS active, u.lastLogin AS lastLogin
ORDER BY decidedAt, user, kind, access, a.id
