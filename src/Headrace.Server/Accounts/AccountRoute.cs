using Headrace.Server.Http;
using Headrace.Server.Http.Describing;

namespace Headrace.Server.Accounts;

/// <summary>Parts shared by the descriptions of the user, key and login routes.</summary>
internal static class AccountRoute
{
    public const string RoleFormat =
        "Each role is viewer, submitter, operator or admin, optionally limited to queues, such as "
        + "submitter=eu,us.";

    public static RouteDescription Describe(AccessLevel access, string name, string summary) =>
        new(name, summary) { Access = access, Tag = "accounts" };

    /// <summary>Describes a JSON body.</summary>
    public static IReadOnlyList<BodyDescription> Body<T>(string description) =>
        [new BodyDescription("application/json", typeof(T), description)];

    /// <summary>Describes a reply without a body.</summary>
    public static IReadOnlyList<ReplyDescription> NoContent(string description) =>
        [new ReplyDescription(204, "application/json", null, description)];
}
