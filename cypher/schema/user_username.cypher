// title: Find a User by its username
CREATE INDEX rc2graph_user_username IF NOT EXISTS FOR (x:User) ON (x.username)
