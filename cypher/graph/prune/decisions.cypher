// title: Decisions of long ago go, but for the last word on an access that is still there
// param before: an instant, ISO in UTC
// param batch: how many at most
// (:User)<-[:ABOUT]-(:Attestation)-[:CONCERNS]->(:Role|:Team)
MATCH (a:Attestation {workspace: $workspace})
WHERE a.decidedAt < $before
  AND NOT EXISTS {
    MATCH (a)-[:ABOUT]->(u)-[:HAS_ROLE|MEMBER_OF]->(x)<-[:CONCERNS]-(a)
    WHERE NOT EXISTS {
      MATCH (u)<-[:ABOUT]-(b:Attestation)
      WHERE b.kind = a.kind AND b.accessId = a.accessId
            AND (b.decidedAt > a.decidedAt OR (b.decidedAt = a.decidedAt AND b.id > a.id))
    }
  }
WITH a LIMIT $batch
WITH collect(a) AS gone, count(a) AS number
FOREACH (a IN gone | DETACH DELETE a)
RETURN number
