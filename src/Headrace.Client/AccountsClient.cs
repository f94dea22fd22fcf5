using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>Manages the users, keys and logins of a server.</summary>
/// <remarks>All calls except those that log in or out require the admin role.</remarks>
public sealed class AccountsClient
{
    private readonly RetryingTransport _transport;

    internal AccountsClient(RetryingTransport transport) => _transport = transport;

    /// <summary>Lists the API keys, without their secrets.</summary>
    public Task<IReadOnlyList<KeyReply>> ListKeysAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("v1/keys", HeadraceJson.Default.IReadOnlyListKeyReply, cancellationToken);

    /// <summary>Creates an API key. The reply contains the key, which cannot be read again.</summary>
    public Task<KeyReply> CreateKeyAsync(CreateKeyRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Post,
            "v1/keys",
            request,
            HeadraceJson.Default.CreateKeyRequest,
            HeadraceJson.Default.KeyReply,
            cancellationToken
        );

    /// <summary>Replaces an API key with a new one. The reply contains the new key.</summary>
    /// <param name="name">The name of the key.</param>
    /// <param name="request">How long the old key remains valid.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<KeyReply> RotateKeyAsync(
        string name,
        RotateKeyRequest request,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync(
            HttpMethod.Post,
            $"{PathOf("keys", name)}:rotate",
            request,
            HeadraceJson.Default.RotateKeyRequest,
            HeadraceJson.Default.KeyReply,
            cancellationToken
        );

    /// <summary>Revokes an API key. The server rejects all further requests that use the key.</summary>
    public Task<KeyReply> RevokeKeyAsync(string name, CancellationToken cancellationToken = default) =>
        DeleteAsync(PathOf("keys", name), HeadraceJson.Default.KeyReply, cancellationToken);

    /// <summary>Lists the users.</summary>
    public Task<IReadOnlyList<UserReply>> ListUsersAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("v1/users", HeadraceJson.Default.IReadOnlyListUserReply, cancellationToken);

    /// <summary>Creates a user.</summary>
    public Task<UserReply> CreateUserAsync(CreateUserRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Post,
            "v1/users",
            request,
            HeadraceJson.Default.CreateUserRequest,
            HeadraceJson.Default.UserReply,
            cancellationToken
        );

    /// <summary>Changes the roles and limits of a user. Members that are null remain unchanged.</summary>
    public Task<UserReply> ChangeUserAsync(
        string name,
        ChangeUserRequest request,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync(
            HttpMethod.Patch,
            PathOf("users", name),
            request,
            HeadraceJson.Default.ChangeUserRequest,
            HeadraceJson.Default.UserReply,
            cancellationToken
        );

    /// <summary>Removes a user and ends all of the user's logins and keys. The user's jobs remain.</summary>
    public Task<UserReply> RemoveUserAsync(string name, CancellationToken cancellationToken = default) =>
        DeleteAsync(PathOf("users", name), HeadraceJson.Default.UserReply, cancellationToken);

    /// <summary>Changes a user's password and ends all of the user's logins.</summary>
    public Task ChangePasswordAsync(
        string name,
        ChangePasswordRequest request,
        CancellationToken cancellationToken = default
    ) =>
        SendAsync<ChangePasswordRequest, object>(
            HttpMethod.Put,
            $"{PathOf("users", name)}/password",
            request,
            HeadraceJson.Default.ChangePasswordRequest,
            reply: null,
            cancellationToken
        );

    /// <summary>Logs in with a password.</summary>
    public Task<LoginReply> LogInAsync(LoginRequest request, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Post,
            "v1/login",
            request,
            HeadraceJson.Default.LoginRequest,
            HeadraceJson.Default.LoginReply,
            cancellationToken
        );

    /// <summary>Ends a login.</summary>
    public Task LogOutAsync(RefreshRequest request, CancellationToken cancellationToken = default) =>
        SendAsync<RefreshRequest, object>(
            HttpMethod.Post,
            "v1/logout",
            request,
            HeadraceJson.Default.RefreshRequest,
            reply: null,
            cancellationToken
        );

    /// <summary>Gets a page of the audit log, newest first.</summary>
    /// <param name="after">The <c>Next</c> cursor of the previous page; null for the first page.</param>
    /// <param name="limit">The maximum number of entries; null for the server's default.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<AuditPage> ListAuditEntriesAsync(
        string? after = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    ) =>
        _transport.GetAsync(
            QueryText.Of("v1/audit", ("after", after), ("limit", QueryText.Of(limit))),
            HeadraceJson.Default.AuditPage,
            cancellationToken
        );

    private Task<TReply> DeleteAsync<TReply>(
        string path,
        JsonTypeInfo<TReply> type,
        CancellationToken cancellationToken
    ) =>
        _transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, path),
            (response, body) => _transport.Read(response, body, type),
            submits: false,
            cancellationToken
        );

    private Task<TReply> SendAsync<TRequest, TReply>(
        HttpMethod method,
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> type,
        JsonTypeInfo<TReply>? reply,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        var json = JsonSerializer.SerializeToUtf8Bytes(request, type);
        return _transport.SendAsync(
            () =>
                new HttpRequestMessage(method, path)
                {
                    Content = new ByteArrayContent(json)
                    {
                        Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                    },
                },
            (response, body) => reply is null ? default! : _transport.Read(response, body, reply),
            submits: false,
            cancellationToken
        );
    }

    private static string PathOf(string kind, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"v1/{kind}/{Uri.EscapeDataString(name)}";
    }
}
