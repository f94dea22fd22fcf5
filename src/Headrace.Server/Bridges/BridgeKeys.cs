using System.Collections.Concurrent;
using System.Security.Cryptography;
using Headrace.Bridges;
using Headrace.Core;
using Headrace.Server.Access;
using Headrace.Server.Security;

namespace Headrace.Server.Bridges;

/// <summary>
/// Issues the keys that bridges use to call the server. A key exists only in this process and becomes invalid when the
/// process ends. It permits only what the bridge needs: submitting jobs to its queue and reading their results.
/// </summary>
internal sealed class BridgeKeys : ICredentialKind
{
    private const string Prefix = "hrb_";

    private const int RandomDigits = 64;

    /// <summary>The callers by key. Each run of a bridge has its own key.</summary>
    private readonly ConcurrentDictionary<string, Caller> _callers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Caller>.AlternateLookup<ReadOnlySpan<char>> _callersBySpan;

    public BridgeKeys() => _callersBySpan = _callers.GetAlternateLookup<ReadOnlySpan<char>>();

    public string Issue(BridgeDefinition bridge)
    {
        var key = Prefix + RandomNumberGenerator.GetHexString(RandomDigits, lowercase: true);
        QueueName[] queues = [new(bridge.Queue)];
        _callers[key] = new Caller(bridge.Owner, [new Grant(Role.Submitter, queues), new Grant(Role.Viewer, queues)])
        {
            Bridge = bridge.Name,
        };
        return key;
    }

    public void Revoke(string key) => _callers.TryRemove(key, out _);

    public CredentialCheck Check(ReadOnlySpan<char> credential) =>
        !credential.StartsWith(Prefix, StringComparison.Ordinal) ? CredentialCheck.NotRecognised
        : _callersBySpan.TryGetValue(credential, out var caller) ? CredentialCheck.Of(caller)
        : CredentialCheck.Invalid("The bridge's key is not valid on this server.");
}
