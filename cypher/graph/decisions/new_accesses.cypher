// title: How many privileged accesses were first seen after an instant
// question: How much is new since the last decision?
// param since: the instant, ISO in UTC
// param default_roles: roles that everybody has, and that are not privileged
// columns: accesses
// What is privileged: as in decisions/accesses.cypher.
CALL () {
  MATCH (r:Role {workspace: $workspace})<-[e:HAS_ROLE]-(:User)
  WHERE NOT r.id IN $default_roles AND e.firstSeen > $since
  RETURN count(e) AS accesses
  UNION ALL
  MATCH (t:Team {workspace: $workspace})<-[e:MEMBER_OF]-(u:User)
  WHERE e.firstSeen > $since
    AND (coalesce(t.private, true) OR coalesce(e.owner, false)
         OR any(role IN coalesce(e.roles, []) WHERE role <> 'member')
         OR coalesce(u.active = false, false) OR coalesce(u.serviceAccount, false) OR coalesce(u.federated, false)
         OR EXISTS { (u)-[:HAS_ROLE]->(:Role {id: 'guest'}) })
  RETURN count(e) AS accesses
}
RETURN sum(accesses) AS accesses
