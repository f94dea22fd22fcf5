using Headrace.Core;
using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Accounts;

/// <summary>The routes for API keys. The key itself is shown only when it is created or rotated.</summary>
internal sealed class KeyRoutes(IRegistry registry, ApiKeys keys, Users users, AuditLog audit, TimeProvider time)
{
    private const string WorkerRole = "worker";

    private static readonly ParameterDescription Name = ParameterDescription.Path("name", "The name of the key");

    private static readonly RouteDescription GetAll = AccountRoute.Describe(
        AccessLevel.Admin,
        "listKeys",
        "List API keys"
    ) with
    {
        Replies = [ReplyDescription.Json<IReadOnlyList<KeyReply>>(200, "The keys, without their secrets")],
    };

    private static readonly RouteDescription Post = AccountRoute.Describe(
        AccessLevel.Admin,
        "createKey",
        "Create an API key"
    ) with
    {
        Description =
            $"{AccountRoute.RoleFormat} A key with the role worker permits a worker on another machine to exchange "
            + "jobs, and nothing else.",
        Bodies = AccountRoute.Body<CreateKeyRequest>("The name and roles of the key"),
        Replies = [Shown(201)],
        Problems = [ProblemKinds.NameInUse, ProblemKinds.NotFound, ProblemKinds.VersionConflict],
    };

    private static readonly RouteDescription Delete = AccountRoute.Describe(
        AccessLevel.Admin,
        "revokeKey",
        "Revoke an API key"
    ) with
    {
        Parameters = [Name],
        Replies = [ReplyDescription.Json<KeyReply>(200, "The key, which is no longer valid")],
        Problems = [ProblemKinds.NotFound, ProblemKinds.VersionConflict],
    };

    private static readonly RouteDescription PostRotate = AccountRoute.Describe(
        AccessLevel.Admin,
        "rotateKey",
        "Replace an API key by a new one"
    ) with
    {
        Parameters = [Name],
        Bodies = AccountRoute.Body<RotateKeyRequest>("How long the old key remains valid"),
        Replies = [Shown(200)],
        Problems = [ProblemKinds.NotFound, ProblemKinds.VersionConflict],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/keys", GetAll, GetAllAsync);
        app.Map("POST", "/v1/keys", Post, CreateAsync);
        app.Map("DELETE", "/v1/keys/{name}", Delete, RevokeAsync);
        app.Map("POST", "/v1/keys/{name}:rotate", PostRotate, RotateAsync);
    }

    private Task<IResult> GetAllAsync(HttpContext context) =>
        Task.FromResult<IResult>(
            new JsonListReply<KeyReply>(
                keys.All().Select(key => View(key.Name, key.Document)),
                HeadraceJson.Default.KeyReply
            )
        );

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        if (!(await JsonBody.ReadAsync<CreateKeyRequest>(context)).TryGet(out var request, out var problem))
            return problem;
        var user = request.User is null ? null : users.Find(request.User);
        if (Check(request, user) is { } invalid)
            return invalid;
        var (name, secret, isWorker) = (request.Name!, SecretText.Create(), IsWorker(request));
        var document = new ApiKeyDocument
        {
            Hash = SecretText.Hash(secret),
            Roles = isWorker ? [] : request.Roles!,
            IsWorker = isWorker,
            Pool = request.Pool,
            User = user?.Name,
            UserId = user?.Document.Id,
            Created = time.GetUtcNow(),
            CreatedBy = Caller.Of(context).Name,
            Expires = request.Expires,
        };
        if (keys.Find(name) is not null)
            return InUse(name);
        var writes = new List<RegistryWrite>
        {
            Put(name, document, RegistryWrite.Absent),
            audit.Entry(context, "create key", name, after: Describe(document)),
        };
        // Removing the user deletes the user's keys. A concurrent removal must not miss this key.
        if (user is not null)
            writes.Add(AccountWrites.Expect(user));
        var result = await registry.WriteAsync(writes, context.RequestAborted);
        if (result is WriteResult.Conflict { Kind: ApiKeyDocument.Kind })
            return InUse(name);
        if (result.ToProblem() is { } failed)
            return failed;
        return Reply(name, document, secret, StatusCodes.Status201Created);
    }

    private async Task<IResult> RevokeAsync(HttpContext context)
    {
        if (!Find(context).TryGet(out var key, out var problem))
            return problem;
        if (
            await registry.WriteAsync(
                context.RequestAborted,
                // Revokes the key even if another request has just changed it.
                new RegistryWrite.Delete(ApiKeyDocument.Kind, key.Name, RegistryWrite.AnyVersion),
                audit.Entry(context, "revoke key", key.Name, before: Describe(key.Document))
            ) is
            { } failed
        )
            return failed;
        return new JsonReply<KeyReply>(View(key.Name, key.Document), HeadraceJson.Default.KeyReply);
    }

    private async Task<IResult> RotateAsync(HttpContext context)
    {
        if (!Find(context).TryGet(out var key, out var problem))
            return problem;
        if (
            !(await JsonBody.ReadAsync<RotateKeyRequest>(context, isOptional: true)).TryGet(
                out var request,
                out problem
            )
        )
            return problem;
        var grace = TimeSpan.Zero;
        if (request.Grace is { } text && !DurationText.TryParse(text, out grace))
            return Problem.BadRequest($"grace '{QuotedText.Clip(text)}' is not valid. Use {DurationText.Format}.");
        var secret = SecretText.Create();
        var document = key.Document with
        {
            Hash = SecretText.Hash(secret),
            PreviousHash = grace > TimeSpan.Zero ? key.Document.Hash : null,
            PreviousValidUntil = grace > TimeSpan.Zero ? time.GetUtcNow() + grace : null,
        };
        if (
            await registry.WriteAsync(
                context.RequestAborted,
                Put(key.Name, document, key.Version),
                audit.Entry(
                    context,
                    "rotate key",
                    key.Name,
                    after: grace > TimeSpan.Zero
                        ? $"the replaced key remains valid until {document.PreviousValidUntil:u}"
                        : "the replaced key is no longer valid"
                )
            ) is
            { } failed
        )
            return failed;
        return Reply(key.Name, document, secret, StatusCodes.Status200OK);
    }

    /// <summary>
    /// Returns the problem with a request for a key; null if it is valid. The user on whose behalf the key acts is null
    /// if the request names none or the user does not exist.
    /// </summary>
    private Problem? Check(CreateKeyRequest request, User? user)
    {
        if (RoleTexts.CheckName(request.Name, "key") is { } unnamed)
            return unnamed;
        if (request.Expires <= time.GetUtcNow())
            return Problem.BadRequest(
                $"The key would expire at {request.Expires:u}, which is in the past. Use a later time."
            );
        if (IsWorker(request))
        {
            if (request.Roles is not [WorkerRole])
                return Problem.BadRequest(
                    "A worker's key cannot have other roles. Create a second key for them, or leave out 'pool'."
                );
            if (request.User is not null)
                return Problem.BadRequest("A worker's key cannot act on behalf of a user. Leave out 'user' or 'pool'.");
            return request.Pool is not null && !WorkerName.TryParse(request.Pool, out _)
                ? Problem.BadRequest(
                    $"'{QuotedText.Clip(request.Pool)}' is not a valid pool name. Use {NameFormat.Description}."
                )
                : null;
        }
        if (request.User is not null && user is null)
            return Problem.BadRequest(
                $"There is no user '{QuotedText.Clip(request.User)}'. Create it first, or leave out 'user'."
            );
        return RoleTexts.CheckRoles(request.Roles);
    }

    private Result<ApiKey> Find(HttpContext context)
    {
        var name = (string)context.GetRouteValue(Name.Name)!;
        return keys.Find(name) is { } key
            ? key
            : Problem.NotFound($"There is no key '{QuotedText.Clip(name)}'. GET /v1/keys lists the keys.");
    }

    private static bool IsWorker(CreateKeyRequest request) =>
        request.Pool is not null || request.Roles?.Contains(WorkerRole) == true;

    private static Problem InUse(string name) =>
        new(
            ProblemKinds.NameInUse,
            $"A key named '{name}' already exists. Choose another name, or rotate or revoke that key."
        );

    private static RegistryWrite Put(string name, ApiKeyDocument document, long expectedVersion) =>
        AccountWrites.Put(ApiKeyDocument.Kind, name, document, SecurityJson.Default.ApiKeyDocument, expectedVersion);

    private static string Describe(ApiKeyDocument key) =>
        AuditLog.Describe(
            $"roles={string.Join(' ', RolesOf(key))}",
            key.User is null ? null : $"user={key.User}",
            key.Pool is null ? null : $"pool={key.Pool}",
            key.Expires is null ? null : $"expires={key.Expires:u}"
        );

    private static IReadOnlyList<string> RolesOf(ApiKeyDocument key) => key.IsWorker ? [WorkerRole] : key.Roles;

    private static ReplyDescription Shown(int status) =>
        ReplyDescription.Json<KeyReply>(status, "The key; its member 'key' cannot be read again");

    /// <summary>Creates a reply that contains the key itself. No other reply does.</summary>
    private static JsonReply<KeyReply> Reply(string name, ApiKeyDocument document, string secret, int status) =>
        new(
            View(name, document) with
            {
                Key = NamedSecret.Of(NamedSecret.ApiKey, name, secret),
            },
            HeadraceJson.Default.KeyReply,
            status
        );

    private static KeyReply View(string name, ApiKeyDocument key) =>
        new()
        {
            Name = name,
            Roles = RolesOf(key),
            User = key.User,
            Pool = key.Pool,
            Created = key.Created,
            CreatedBy = key.CreatedBy,
            Expires = key.Expires,
            LastUsed = key.LastUsed,
            PreviousValidUntil = key.PreviousValidUntil,
        };
}
