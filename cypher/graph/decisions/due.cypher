// title: Revocations and exceptions that are the last word on an access, with what became of it
// columns: kind, user, access, decision, until, decidedAt, reviewer, held, firstSeen, ended (when it last went), id
// (:User)<-[:ABOUT]-(:Attestation)-[:CONCERNS]->(:Role|:Team)
MATCH (a:Attestation {workspace: $workspace}) WHERE a.id >= '' AND a.decision IN ['revoke', 'exception']
MATCH (a)-[:ABOUT]->(u)
WHERE NOT EXISTS {
  MATCH (u)<-[:ABOUT]-(b:Attestation)
  WHERE b.kind = a.kind AND b.accessId = a.accessId
        AND (b.decidedAt > a.decidedAt OR (b.decidedAt = a.decidedAt AND b.id > a.id))
}
MATCH (a)-[:CONCERNS]->(x)
OPTIONAL MATCH (u)-[e:HAS_ROLE|MEMBER_OF]->(x)
OPTIONAL MATCH (u)-[h:HAD_ROLE|WAS_MEMBER_OF]->(x)
RETURN a.kind AS kind, coalesce(u.username, a.user) AS user, coalesce(x.name, a.access) AS access,
       a.decision AS decision, a.until AS until, a.decidedAt AS decidedAt, a.reviewer AS reviewer,
       e IS NOT NULL AS held, e.firstSeen AS firstSeen, max(h.until) AS ended, a.id AS id
ORDER BY user, access, id
