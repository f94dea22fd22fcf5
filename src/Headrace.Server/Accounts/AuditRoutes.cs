using Headrace.Core.Registry;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Accounts;

/// <summary>The route of the audit log.</summary>
internal sealed class AuditRoutes(AuditLog audit)
{
    private static readonly IntegerParameter Limit = new(
        "limit",
        1,
        RegistryLimits.RecordsPerPage,
        100,
        "Maximum number of entries"
    );

    private static readonly RouteDescription Get = AccountRoute.Describe(
        AccessLevel.Admin,
        "listAuditEntries",
        "Read the audit log"
    ) with
    {
        Description = "Returns logins and changes to users and keys, newest first. Entries are kept for a year.",
        Parameters = [ParameterDescription.Query("after", "The member 'next' of the previous page"), Limit],
        Replies = [ReplyDescription.Json<AuditPage>(200, "A page of entries")],
    };

    public void Map(IEndpointRouteBuilder app) => app.Map("GET", "/v1/audit", Get, GetAsync);

    private async Task<IResult> GetAsync(HttpContext context)
    {
        if (!Limit.Read(context.Request).TryGet(out var limit, out var problem))
            return problem;
        var after = context.Request.Query["after"].ToString();
        if (after.Length > 0 && !RegistryLimits.IsId(after))
            return Problem.BadRequest(
                $"after={QuotedText.Clip(after)} is not valid. Use the value of 'next' from the previous page."
            );
        return new JsonReply<AuditPage>(
            await audit.ReadAsync(after.Length > 0 ? after : null, limit, context.RequestAborted),
            HeadraceJson.Default.AuditPage
        );
    }
}
