// title: Find a Role by its name
CREATE INDEX rc2graph_role_name IF NOT EXISTS FOR (x:Role) ON (x.name)
