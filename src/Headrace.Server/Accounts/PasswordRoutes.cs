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

/// <summary>
/// The route that changes passwords. Users can change their own password, and admins can change any user's password.
/// </summary>
internal sealed class PasswordRoutes(
    IRegistry registry,
    Users users,
    Passwords passwords,
    PasswordCheck check,
    AccountRemoval removal,
    AuditLog audit
)
{
    private static readonly RouteDescription Put = AccountRoute.Describe(
        AccessLevel.Read,
        "changePassword",
        "Change the password of a user"
    ) with
    {
        Description = "Ends all of the user's logins. A caller who is not an admin must send the current password.",
        Parameters = [UserPath.Name],
        Bodies = AccountRoute.Body<ChangePasswordRequest>("The passwords"),
        Replies = AccountRoute.NoContent("The password was changed"),
        Problems =
        [
            ProblemKinds.Unauthorized,
            ProblemKinds.Forbidden,
            ProblemKinds.NotFound,
            ProblemKinds.VersionConflict,
            ProblemKinds.TooManyAttempts,
        ],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("PUT", "/v1/users/{name}/password", Put, ChangeAsync);

    private async Task<IResult> ChangeAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        var isAdmin = caller.May(AccessLevel.Admin);
        if (!isAdmin && caller.Name != (string)context.GetRouteValue(UserPath.Name.Name)!)
            return new Problem(
                ProblemKinds.Forbidden,
                $"{caller} may change only their own password. Ask an admin to change another user's password."
            );
        if (!UserPath.Find(context, users).TryGet(out var user, out var problem))
            return problem;
        if (!(await JsonBody.ReadAsync<ChangePasswordRequest>(context)).TryGet(out var request, out problem))
            return problem;
        if (Passwords.Check(request.Password) is { } invalid)
            return invalid;
        if (!isAdmin)
        {
            if (string.IsNullOrEmpty(request.Current))
                return Problem.BadRequest(
                    "The member 'current' is missing. Set it to the current password (headrace users password "
                        + "--current)."
                );
            if (!(await check.VerifyAsync(context, user.Name, request.Current)).TryGet(out user, out problem))
                return problem;
        }
        var document = user.Document.WithPassword(await passwords.HashAsync(request.Password!, context.RequestAborted));
        if (
            !(await removal.EndAsync(user.Name, withKeys: false, context.RequestAborted)).TryGet(
                out var ends,
                out problem
            )
        )
            return problem;
        return
            await registry.WriteAsync(
                context.RequestAborted,
                [
                    UserPath.Put(user.Name, document, user.Version),
                    audit.Entry(context, "change password", user.Name),
                    .. ends,
                ]
            )
                is { } failed
            ? failed
            : TypedResults.NoContent();
    }
}
