using Headrace.Core.Registry;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Accounts;

/// <summary>Code shared by all routes under <c>/v1/users/{name}</c>.</summary>
internal static class UserPath
{
    public static readonly ParameterDescription Name = ParameterDescription.Path("name", "The name of the user");

    public static Result<User> Find(HttpContext context, Users users)
    {
        var name = (string)context.GetRouteValue(Name.Name)!;
        return users.Find(name) is { } user
            ? user
            : Problem.NotFound($"There is no user '{QuotedText.Clip(name)}'. GET /v1/users lists the users.");
    }

    public static RegistryWrite Put(string name, UserDocument document, long expectedVersion) =>
        AccountWrites.Put(UserDocument.Kind, name, document, SecurityJson.Default.UserDocument, expectedVersion);
}
