using System.Text.Json;
using Headrace.Core.Registry;
using Headrace.Server.Registry;

namespace Headrace.Server.Security;

/// <summary>One version of a user's login.</summary>
internal sealed record Session(string Id, long Version, SessionDocument Document);

/// <summary>Finds the logins of users in the registry.</summary>
internal sealed class Sessions(IRegistry registry)
{
    private readonly DocumentCache<Session> _sessions = new(registry, SessionDocument.Kind, Parse);

    public Session? Find(string id) => _sessions.Find(id);

    public IEnumerable<Session> All() => _sessions.All();

    /// <summary>Returns the logins of a user, oldest first.</summary>
    public IEnumerable<Session> Of(string user) =>
        All().Where(session => session.Document.User == user).OrderBy(session => session.Document.Created);

    private static Session Parse(RegistryDocument document) =>
        new(
            document.Id,
            document.Version,
            JsonSerializer.Deserialize(document.Json.Span, SecurityJson.Default.SessionDocument)!
        );
}
