// title: Privileged access that nobody has decided on
// question: On which roles and teams is privileged access that no review has decided, or no longer covers?
// why: Access that nobody has to answer for stays. rc2graph review --open lists each one with the reason.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-6(7)
// severity: low
// needs: users, roles, teams, members, deactivatedMembers, decisions
// examines: accounts
// param default_roles: ["user"] = roles that everybody has, and that are not privileged
// before-decisions: nobody has decided anything yet
// columns: path, finding, held, undecided
// One row for each role and team.
// What is privileged: as in decisions/accesses.cypher. What a decision covers: as in rc2graph/reviews/decision_status.py.
// What is held is counted without a look at decisions, and what they cover is counted from them. Members of public teams
// who are privileged by what they are (guests, say) are found once, and not in each team; the others by what they are there.
CALL () {
  MATCH (x:Role {workspace: $workspace}) WHERE NOT x.id IN $default_roles
  RETURN 'role' AS kind, x.id AS id, coalesce(x.name, x.id) AS name, COUNT { (x)<-[:HAS_ROLE]-(:User) } AS held, 0 AS decided
  UNION ALL
  MATCH (x:Team {workspace: $workspace}) WHERE coalesce(x.private, true)
  RETURN 'team' AS kind, x.id AS id, coalesce(x.name, x.id) AS name, COUNT { (x)<-[:MEMBER_OF]-(:User) } AS held, 0 AS decided
  UNION ALL
  MATCH (x:Team {workspace: $workspace, private: false})<-[e:MEMBER_OF]-(u:User)
  WHERE e.owner = true OR any(role IN e.roles WHERE role <> 'member')
  WITH x, collect(u) AS users // or Neo4j looks for the role of every member first
  UNWIND users AS u
  WITH x, u
  WHERE coalesce(u.active, true) AND NOT coalesce(u.serviceAccount, false) AND NOT coalesce(u.federated, false)
        AND NOT EXISTS { (u)-[:HAS_ROLE]->(:Role {id: 'guest'}) }
  RETURN 'team' AS kind, x.id AS id, coalesce(x.name, x.id) AS name, count(u) AS held, 0 AS decided
  UNION ALL
  MATCH (u:User {workspace: $workspace})
  WHERE u.id >= '' AND (u.active = false OR u.serviceAccount = true OR u.federated = true)
  MATCH (u)-[:MEMBER_OF]->(x:Team {private: false})
  RETURN 'team' AS kind, x.id AS id, coalesce(x.name, x.id) AS name, count(u) AS held, 0 AS decided
  UNION ALL
  MATCH (:Role {workspace: $workspace, id: 'guest'})<-[:HAS_ROLE]-(u:User)
  WHERE coalesce(u.active, true) AND NOT coalesce(u.serviceAccount, false) AND NOT coalesce(u.federated, false)
  MATCH (u)-[:MEMBER_OF]->(x:Team {private: false})
  RETURN 'team' AS kind, x.id AS id, coalesce(x.name, x.id) AS name, count(u) AS held, 0 AS decided
  UNION ALL
  MATCH (a:Attestation {workspace: $workspace})-[:ABOUT]->(u:User)
  WHERE a.id >= '' AND a.decidedAt IS NOT NULL
  WITH u, a ORDER BY a.decidedAt DESC, a.id DESC
  WITH u, a.kind AS kind, a.accessId AS id, collect(a)[0] AS a
  MATCH (u)-[e:HAS_ROLE|MEMBER_OF]->(x:Role|Team {workspace: $workspace, id: id})
  WHERE (kind = 'role' AND x:Role AND NOT id IN $default_roles
         OR kind = 'team' AND x:Team
            AND (coalesce(x.private, true) OR coalesce(e.owner, false)
                 OR any(role IN coalesce(e.roles, []) WHERE role <> 'member')
                 OR coalesce(u.active = false, false) OR coalesce(u.serviceAccount, false) OR coalesce(u.federated, false)
                 OR EXISTS { (u)-[:HAS_ROLE]->(:Role {id: 'guest'}) }))
        AND a.decidedAt >= coalesce(e.firstSeen, '')
        AND (a.decision = 'revoke'
             OR ((a.decision = 'approve' OR (a.decision = 'exception' AND a.until >= $asOf))
                 AND (NOT coalesce(e.owner, false) OR 'owner' IN a.state)
                 AND all(role IN coalesce(e.roles, []) WHERE role = 'member' OR role IN a.state)))
  RETURN kind, id, coalesce(x.name, x.id) AS name, 0 AS held, count(u) AS decided
}
WITH kind, id, name, sum(held) AS held, sum(held) - sum(decided) AS undecided
WHERE undecided > 0
WITH kind, id, name, held, undecided ORDER BY undecided DESC, kind + ' ' + name, id
RETURN [name] AS path, kind + ' ' + name AS finding, held, undecided
