// title: Teams without people
// question: Which teams have no members, or only deactivated, never approved and service accounts?
// why: Rooms and rights of a team outlive its people, and whoever is added next finds all of it.
// controls: ISO27001 A.5.18, NIST AC-2
// severity: low
// needs: users, teams, members, deactivatedMembers
// examines: teams
// columns: team, private, finding, members, orphanRows, createdAt
// A member whose state or type is not visible counts as a person.
// LIMIT 1: else ArcadeDB looks at every member.
MATCH (t:Team {workspace: $workspace})
WHERE NOT EXISTS {
  MATCH (t)<-[:MEMBER_OF]-(p:User) WHERE coalesce(p.active, true) AND NOT coalesce(p.serviceAccount, false) RETURN p LIMIT 1
}
OPTIONAL MATCH (t)<-[:MEMBER_OF]-(u:User)
WITH t, count(u) AS members, sum(CASE WHEN u.active = false THEN 1 ELSE 0 END) AS inactive,
     sum(CASE WHEN u.status = 'pending' THEN 1 ELSE 0 END) AS pending
WITH t, members, [kind IN [CASE WHEN inactive > pending THEN 'deactivated' END, CASE WHEN pending > 0 THEN 'never approved' END,
                           CASE WHEN members > inactive THEN 'service' END] WHERE kind IS NOT NULL] AS kinds
RETURN coalesce(t.name, t.id) AS team, t.private AS private,
       CASE WHEN members = 0 THEN 'no members'
            ELSE reduce(text = kinds[0], kind IN kinds[1..] | text + ' and ' + kind) + ' accounts only' END AS finding,
       members, t.orphanRows AS orphanRows, t.createdAt AS createdAt
ORDER BY private DESC, team
