using Headrace.Server.Registry;

namespace Headrace.Server.Security;

/// <summary>Finds the users in the registry.</summary>
internal sealed class Users(IRegistry registry)
{
    private readonly DocumentCache<User> _users = new(registry, UserDocument.Kind, User.Parse);

    public User? Find(string name) => _users.Find(name);

    public IEnumerable<User> All() => _users.All();
}
