// title: What these accounts have that is to be decided on, and what was decided about it
// question: Which roles and memberships are in the scope of a review, with the facts that their risk follows from?
// param ids: ids of accounts
// param everything: true = every role and membership; false = what is privileged, as docs/model.md says
// param default_roles: roles that everybody has
// columns: page (for each account: the account, roles, teams, decisions)
// One record for all: three times as fast as one for each account.
// (:User)-[:HAS_ROLE]->(:Role), (:User)-[:MEMBER_OF]->(:Team), (:Attestation)-[:ABOUT]->(:User)
UNWIND $ids AS id
MATCH (u:User {workspace: $workspace, id: id})
WITH u, [(u)-[e:HAS_ROLE]->(r:Role) | [r.id, r.name, e.firstSeen]] AS held
WITH u, held, any(one IN held WHERE one[0] = 'guest') AS guest
WITH u, held, guest, $everything OR guest OR coalesce(u.active = false, false) OR coalesce(u.serviceAccount, false)
     OR coalesce(u.federated, false) AS all
WITH [u.id, u.username, u.name, u.active, u.serviceAccount, u.federated, u.lastLogin, u.status, guest] AS user,
       [one IN held WHERE $everything OR NOT one[0] IN $default_roles] AS roles,
       [(u)-[m:MEMBER_OF]->(t:Team)
          WHERE all OR coalesce(t.private, true) OR coalesce(m.owner, false)
                OR any(role IN coalesce(m.roles, []) WHERE role <> 'member')
          | [t.id, t.name, m.firstSeen, m.owner, m.roles, t.private]] AS teams,
       [(u)<-[:ABOUT]-(a:Attestation)
          | [a.kind, a.accessId, a.decidedAt, a.id, a.decision, a.until, a.reviewer, a.note, a.state]] AS decisions
RETURN collect([user, roles, teams, decisions]) AS page
