// title: Privileged access that nobody has decided on
// question: On which roles and teams is privileged access that no review has decided, or no longer covers?
// why: Access that nobody has to answer for stays. rc2graph review --open lists each one with the reason.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-6(7)
// severity: low
// needs: users, roles, teams, members, deactivatedMembers, decisions
// examines: accounts
// param default_roles: ["user"] = roles that everybody has, and that are not privileged
// columns: path, finding, held, undecided
// One row for each role and team; one for all of them where nobody has decided anything yet.
// What is privileged: as in decisions/accesses.cypher. What a decision covers: as in rc2graph/decisions/standing.py.
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
WITH w, EXISTS { MATCH (a:Attestation {workspace: $workspace}) WHERE a.id >= '' } AS begun
CALL (w, begun) {
  MATCH (x:Role {workspace: $workspace}) WHERE NOT x.id IN $default_roles
  MATCH (x)<-[e:HAS_ROLE]-(u:User)
  RETURN 'role' AS kind, x.id AS id, coalesce(x.name, x.id) AS name, count(u) AS held,
         sum(CASE WHEN begun AND EXISTS {
           MATCH (u)<-[:ABOUT]-(a:Attestation)
           WHERE a.kind = 'role' AND a.accessId = x.id AND a.decidedAt >= coalesce(e.firstSeen, '')
                 AND (a.decision IN ['approve', 'revoke'] OR (a.decision = 'exception' AND a.until >= $asOf))
                 AND NOT EXISTS {
                   MATCH (u)<-[:ABOUT]-(b:Attestation)
                   WHERE b.kind = 'role' AND b.accessId = x.id
                         AND (b.decidedAt > a.decidedAt OR (b.decidedAt = a.decidedAt AND b.id > a.id))
                 }
         } THEN 0 ELSE 1 END) AS undecided
  UNION ALL
  MATCH (x:Team {workspace: $workspace})
  MATCH (x)<-[e:MEMBER_OF]-(u:User)
  WHERE coalesce(x.private, true) OR coalesce(e.owner, false)
        OR any(role IN coalesce(e.roles, []) WHERE role <> 'member')
        OR coalesce(u.active = false, false) OR coalesce(u.serviceAccount, false) OR coalesce(u.federated, false)
        OR EXISTS { (u)-[:HAS_ROLE]->(:Role {id: 'guest'}) }
  RETURN 'team' AS kind, x.id AS id, coalesce(x.name, x.id) AS name, count(u) AS held,
         sum(CASE WHEN begun AND EXISTS {
           MATCH (u)<-[:ABOUT]-(a:Attestation)
           WHERE a.kind = 'team' AND a.accessId = x.id AND a.decidedAt >= coalesce(e.firstSeen, '')
                 AND (a.decision = 'revoke'
                      OR ((a.decision = 'approve' OR (a.decision = 'exception' AND a.until >= $asOf))
                          AND (NOT coalesce(e.owner, false) OR 'owner' IN a.state)
                          AND all(role IN coalesce(e.roles, []) WHERE role = 'member' OR role IN a.state)))
                 AND NOT EXISTS {
                   MATCH (u)<-[:ABOUT]-(b:Attestation)
                   WHERE b.kind = 'team' AND b.accessId = x.id
                         AND (b.decidedAt > a.decidedAt OR (b.decidedAt = a.decidedAt AND b.id > a.id))
                 }
         } THEN 0 ELSE 1 END) AS undecided
}
WITH begun, kind, id, name, held, undecided WHERE undecided > 0
WITH begun, CASE WHEN begun THEN kind + ' ' + name ELSE 'nobody has decided anything yet' END AS finding,
     CASE WHEN begun THEN [name] ELSE [] END AS path, CASE WHEN begun THEN kind + id ELSE '' END AS key, held, undecided
WITH finding, path, key, sum(held) AS held, sum(undecided) AS undecided
RETURN path, finding, held, undecided ORDER BY undecided DESC, finding, key
