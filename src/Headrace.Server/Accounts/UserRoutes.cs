using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Jobs;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Accounts;

/// <summary>The routes that admins use to manage users.</summary>
internal sealed class UserRoutes(
    IRegistry registry,
    Users users,
    Passwords passwords,
    AccountRemoval removal,
    LastAdmin lastAdmin,
    AuditLog audit
)
{
    private static readonly RouteDescription GetAll = AccountRoute.Describe(
        AccessLevel.Admin,
        "listUsers",
        "List users"
    ) with
    {
        Replies = [ReplyDescription.Json<IReadOnlyList<UserReply>>(200, "The users")],
    };

    private static readonly RouteDescription Post = AccountRoute.Describe(
        AccessLevel.Admin,
        "createUser",
        "Create a user"
    ) with
    {
        Description =
            $"{AccountRoute.RoleFormat} A user may have limits on the number and total size of their unfinished jobs.",
        Bodies = AccountRoute.Body<CreateUserRequest>("The user"),
        Replies = [ReplyDescription.Json<UserReply>(201, "The user")],
        Problems = [ProblemKinds.NameInUse],
    };

    private static readonly RouteDescription Patch = AccountRoute.Describe(
        AccessLevel.Admin,
        "changeUser",
        "Change the roles and limits of a user"
    ) with
    {
        Description = "Absent members remain unchanged. Every change applies from the user's next request.",
        Parameters = [UserPath.Name],
        Bodies = AccountRoute.Body<ChangeUserRequest>("What to change"),
        Replies = [ReplyDescription.Json<UserReply>(200, "The user")],
        Problems = [ProblemKinds.NotFound, ProblemKinds.VersionConflict, ProblemKinds.LastAdmin],
    };

    private static readonly RouteDescription Delete = AccountRoute.Describe(
        AccessLevel.Admin,
        "removeUser",
        "Remove a user"
    ) with
    {
        Description = "Also ends the user's logins and deletes the user's keys. The user's jobs remain.",
        Parameters = [UserPath.Name],
        Replies = [ReplyDescription.Json<UserReply>(200, "The user, who no longer exists")],
        Problems = [ProblemKinds.NotFound, ProblemKinds.VersionConflict, ProblemKinds.LastAdmin],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/users", GetAll, GetAllAsync);
        app.Map("POST", "/v1/users", Post, CreateAsync);
        app.Map("PATCH", "/v1/users/{name}", Patch, ChangeAsync);
        app.Map("DELETE", "/v1/users/{name}", Delete, RemoveAsync);
    }

    private Task<IResult> GetAllAsync(HttpContext context) =>
        Task.FromResult<IResult>(
            new JsonListReply<UserReply>(
                users.All().Select(user => View(user.Name, user.Document)),
                HeadraceJson.Default.UserReply
            )
        );

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        if (!(await JsonBody.ReadAsync<CreateUserRequest>(context)).TryGet(out var request, out var problem))
            return problem;
        if (
            (
                RoleTexts.CheckName(request.Name, "user")
                ?? Passwords.Check(request.Password)
                ?? RoleTexts.CheckRoles(request.Roles)
                ?? CheckLimit("maxJobs", request.MaxJobs, minimum: 1)
                ?? CheckLimit("maxBytes", request.MaxBytes, minimum: 1)
            ) is
            { } invalid
        )
            return invalid;
        var name = request.Name!;
        if (users.Find(name) is not null)
            return InUse(name);
        var document = new UserDocument
        {
            Id = UserDocument.NewStamp(),
            PasswordHash = await passwords.HashAsync(request.Password!, context.RequestAborted),
            SecurityStamp = UserDocument.NewStamp(),
            Roles = request.Roles!,
            MaxJobs = request.MaxJobs,
            MaxBytes = request.MaxBytes,
            Created = audit.Now,
        };
        if (
            await registry.WriteAsync(
                context.RequestAborted,
                UserPath.Put(name, document, RegistryWrite.Absent),
                audit.Entry(context, "create user", name, after: Describe(document))
            ) is
            { } failed
        )
            return failed.Kind == ProblemKinds.VersionConflict ? InUse(name) : failed;
        return new JsonReply<UserReply>(
            View(name, document),
            HeadraceJson.Default.UserReply,
            StatusCodes.Status201Created
        );
    }

    private async Task<IResult> ChangeAsync(HttpContext context)
    {
        if (!UserPath.Find(context, users).TryGet(out var user, out var problem))
            return problem;
        if (!(await JsonBody.ReadAsync<ChangeUserRequest>(context)).TryGet(out var request, out problem))
            return problem;
        if (
            (
                (request.Roles is null ? null : RoleTexts.CheckRoles(request.Roles))
                ?? CheckLimit("maxJobs", request.MaxJobs, minimum: 0)
                ?? CheckLimit("maxBytes", request.MaxBytes, minimum: 0)
            ) is
            { } invalid
        )
            return invalid;
        var document = user.Document with
        {
            Roles = request.Roles ?? user.Document.Roles,
            MaxJobs = request.MaxJobs is { } jobs ? NullIfZero(jobs) : user.Document.MaxJobs,
            MaxBytes = request.MaxBytes is { } bytes ? NullIfZero(bytes) : user.Document.MaxBytes,
            Disabled = request.Disabled ?? user.Document.Disabled,
        };
        var writes = new List<RegistryWrite>
        {
            UserPath.Put(user.Name, document, user.Version),
            audit.Entry(context, "change user", user.Name, Describe(user.Document), Describe(document)),
        };
        if (user.IsAdmin && !user.With(document).IsAdmin)
        {
            if (!lastAdmin.Demote(user).TryGet(out var guard, out problem))
                return problem;
            writes.Add(guard);
        }
        if (await registry.WriteAsync(context.RequestAborted, writes) is { } failed)
            return failed;
        return new JsonReply<UserReply>(View(user.Name, document), HeadraceJson.Default.UserReply);
    }

    private async Task<IResult> RemoveAsync(HttpContext context)
    {
        if (!UserPath.Find(context, users).TryGet(out var user, out var problem))
            return problem;
        var writes = new List<RegistryWrite>
        {
            new RegistryWrite.Delete(UserDocument.Kind, user.Name, user.Version),
            audit.Entry(context, "remove user", user.Name, before: Describe(user.Document)),
        };
        if (user.IsAdmin)
        {
            if (!lastAdmin.Demote(user).TryGet(out var guard, out problem))
                return problem;
            writes.Add(guard);
        }
        if (
            !(await removal.EndAsync(user.Name, withKeys: true, context.RequestAborted)).TryGet(
                out var ends,
                out problem
            )
        )
            return problem;
        writes.AddRange(ends);
        if (await registry.WriteAsync(context.RequestAborted, writes) is { } failed)
            return failed;
        return new JsonReply<UserReply>(View(user.Name, user.Document), HeadraceJson.Default.UserReply);
    }

    private static Problem? CheckLimit(string member, long? value, long minimum) =>
        value < minimum
            ? Problem.BadRequest($"{member}={value} is not valid. Use a number of {minimum} or more.")
            : null;

    private static long? NullIfZero(long value) => value == 0 ? null : value;

    private static Problem InUse(string name) =>
        new(ProblemKinds.NameInUse, $"A user named '{name}' already exists. Choose another name, or change that user.");

    private static string Describe(UserDocument user) =>
        AuditLog.Describe(
            $"roles={string.Join(' ', user.Roles)}",
            user.MaxJobs is { } jobs ? $"maxJobs={jobs}" : null,
            user.MaxBytes is { } bytes ? $"maxBytes={bytes}" : null,
            user.Disabled ? "disabled" : null
        );

    private static UserReply View(string name, UserDocument user) =>
        new()
        {
            Name = name,
            Roles = user.Roles,
            MaxJobs = user.MaxJobs,
            MaxBytes = user.MaxBytes,
            Disabled = user.Disabled ? true : null,
            Created = user.Created,
        };
}
