using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Access;

namespace Headrace.Server.Security;

/// <summary>
/// Issues and checks the keys of local workers. A key names the pool, the worker and its incarnation, and ends with an
/// HMAC of these names and the store. The server therefore stores no keys, and a key stays valid when the server
/// restarts. It permits only the exchange of messages, and only as this incarnation of this worker.
/// </summary>
/// <remarks>The format is <c>hrw_POOL~WORKER~INCARNATION~HMAC</c>. Names never contain a tilde.</remarks>
internal sealed class WorkerKeys : ICredentialKind
{
    /// <summary>The prefix of local worker keys.</summary>
    public const string Prefix = "hrw_";

    private const char Separator = '~';

    /// <summary>
    /// Maximum number of checked keys to remember, about 500 bytes each. When the limit is reached, all keys are
    /// forgotten and checked again. Only valid keys are remembered, so a caller without a valid key cannot cause this.
    /// </summary>
    private const int MaxRemembered = 4_096;

    private readonly Func<string?> _secret;
    private readonly StoreId _store;
    private readonly ConcurrentDictionary<string, Caller> _checked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Caller>.AlternateLookup<ReadOnlySpan<char>> _checkedBySpan;

    /// <param name="secret">
    /// Returns the secret of <see cref="WorkerSecret"/>; null until the server has loaded its store. Once loaded, the
    /// secret never changes.
    /// </param>
    /// <param name="store">The store of this server. Keys for workers of another store are not valid.</param>
    public WorkerKeys(Func<string?> secret, StoreId store)
    {
        (_secret, _store) = (secret, store);
        _checkedBySpan = _checked.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Returns the key of a worker process.</summary>
    public string Issue(string pool, LeaseHolder worker)
    {
        var secret = _secret() ?? throw new InvalidOperationException("The worker secret has not been loaded yet.");
        var named = string.Join(Separator, pool, worker.Worker.Text, worker.Incarnation.ToString());
        return $"{Prefix}{named}{Separator}{Base64Url.EncodeToString(Sign(secret, named))}";
    }

    public CredentialCheck Check(ReadOnlySpan<char> credential)
    {
        if (!credential.StartsWith(Prefix, StringComparison.Ordinal))
            return CredentialCheck.NotRecognised;
        if (_checkedBySpan.TryGetValue(credential, out var known))
            return CredentialCheck.Of(known);
        if (_secret() is not { } secret)
            return CredentialCheck.Unavailable;
        var text = credential.ToString();
        if (Verify(secret, text) is not { } caller)
            return CredentialCheck.Invalid("The worker's key is not valid on this server.");
        if (_checked.Count >= MaxRemembered)
            _checked.Clear();
        _checked[text] = caller;
        return CredentialCheck.Of(caller);
    }

    private Caller? Verify(string secret, string key)
    {
        if (
            key[Prefix.Length..].Split(Separator) is not [var pool, var name, var bits, var signature]
            || !WorkerName.TryParse(name, out var worker)
            || !ulong.TryParse(bits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var incarnation)
            || !Base64Url.IsValid(signature)
        )
            return null;
        var expected = Sign(secret, string.Join(Separator, pool, name, bits));
        return CryptographicOperations.FixedTimeEquals(expected, Base64Url.DecodeFromChars(signature))
            ? new Caller($"worker:{name}", [new Grant(Role.Worker)])
            {
                WorkerLimit = new WorkerLimit(pool, new LeaseHolder(worker, new Incarnation(incarnation))),
            }
            : null;
    }

    private byte[] Sign(string secret, string named) =>
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{_store.Text}{Separator}{named}"));
}
