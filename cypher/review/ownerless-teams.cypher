// title: Teams that nobody answers for
// question: Which teams have members but no owner, or only owners that are deactivated, never approved or service accounts?
// why: Nobody says who belongs in it. Only an administrator can name an owner, or a moderator themselves.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-2
// severity: medium
// needs: users, teams, members, deactivatedMembers
// examines: teams
// columns: team, private, finding, members, owners
// An owner whose state or type is not visible counts as one who can act. Teams without members stand in empty-teams.
MATCH (t:Team {workspace: $workspace})
WHERE NOT EXISTS {
  MATCH (t)<-[o:MEMBER_OF]-(p:User)
  WHERE o.owner IS NULL OR (o.owner = true AND coalesce(p.active, true) AND NOT coalesce(p.serviceAccount, false))
  RETURN p LIMIT 1
}
MATCH (t)<-[m:MEMBER_OF]-(u:User)
WITH t, count(u) AS members,
     sum(CASE WHEN m.owner = true AND u.active = false THEN 1 ELSE 0 END) AS inactive,
     sum(CASE WHEN m.owner = true AND u.status = 'pending' THEN 1 ELSE 0 END) AS pending
WITH t, members, inactive, pending,
     COLLECT { MATCH (t)<-[m:MEMBER_OF]-(u:User) WHERE m.owner = true RETURN coalesce(u.username, u.id) AS user ORDER BY user } AS owners
WITH t, members, owners, [kind IN [CASE WHEN inactive > pending THEN 'deactivated' END,
       CASE WHEN pending > 0 THEN 'never approved' END, CASE WHEN size(owners) > inactive THEN 'service' END]
     WHERE kind IS NOT NULL] AS kinds
RETURN coalesce(t.name, t.id) AS team, t.private AS private,
       CASE WHEN size(owners) = 0 THEN 'no owner'
            WHEN kinds = ['deactivated'] THEN 'only deactivated owners'
            ELSE 'only ' + reduce(text = kinds[0], kind IN kinds[1..] | text + ' and ' + kind) + ' accounts as owners'
       END AS finding,
       members, owners
ORDER BY private DESC, team
