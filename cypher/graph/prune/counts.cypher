// title: What a removal of history would take, and what it would leave
// param before: an instant, ISO in UTC; what ended earlier goes
// param decisions: whether decisions go too
// columns: kind, number; of former things, those that something else refers to are counted as kept
CALL () {
  MATCH (:Role|FormerRole {workspace: $workspace})<-[h:HAD_ROLE]-(:User|FormerUser {workspace: $workspace})
  WHERE h.until < $before
  RETURN 'HAD_ROLE' AS kind, count(h) AS number
  UNION ALL
  MATCH (:Team|FormerTeam {workspace: $workspace})<-[h:WAS_MEMBER_OF]-(:User|FormerUser {workspace: $workspace})
  WHERE h.until < $before
  RETURN 'WAS_MEMBER_OF' AS kind, count(h) AS number
  UNION ALL
  MATCH (x:FormerUser|FormerRole|FormerTeam {workspace: $workspace})
  WHERE x.until < $before
  WITH x, COUNT { (x)--() } AS edges,
       COUNT { MATCH (x)-[h:HAD_ROLE|WAS_MEMBER_OF]-() WHERE h.until < $before } AS ended,
       COUNT { MATCH (x)<-[:ABOUT|CONCERNS]-(a:Attestation) WHERE $decisions AND a.decidedAt < $before } AS decided
  WITH CASE WHEN edges > ended + decided THEN 'kept' WHEN x:FormerUser THEN 'formerUsers' WHEN x:FormerRole THEN 'formerRoles'
            ELSE 'formerTeams' END AS kind
  RETURN kind, count(kind) AS number
  UNION ALL
  MATCH (w:Workspace {workspace: $workspace, id: $workspace})
  MATCH (s:Sync {workspace: $workspace})
  WHERE s.startedAt < $before AND s.id <> coalesce(w.lastSyncId, '') AND NOT EXISTS { (s)--() }
  RETURN 'syncs' AS kind, count(s) AS number
  UNION ALL
  MATCH (a:Attestation {workspace: $workspace})
  WHERE $decisions AND a.decidedAt < $before
    AND NOT EXISTS {
      MATCH (a)-[:ABOUT]->(u)-[:HAS_ROLE|MEMBER_OF]->(x)<-[:CONCERNS]-(a)
      WHERE NOT EXISTS {
        MATCH (u)<-[:ABOUT]-(b:Attestation)
        WHERE b.kind = a.kind AND b.accessId = a.accessId
              AND (b.decidedAt > a.decidedAt OR (b.decidedAt = a.decidedAt AND b.id > a.id))
      }
    }
  RETURN 'decisions' AS kind, count(a) AS number
}
RETURN kind, number ORDER BY kind
