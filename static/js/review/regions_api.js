// The regions of one sheet on the server.

import { ask } from "./ask.js";

export class RegionsApi {
  // urls: regions (with 0 in the picture's place), region (with 0 in the region's).
  constructor({ urls, csrfCookie }) {
    Object.assign(this, { urls, csrfCookie });
  }

  async list(candidate) {
    return (await this.ask(this.urls.regions.replace("/0/", `/${candidate}/`))).regions;
  }

  add(candidate, region) {
    return this.ask(this.urls.regions.replace("/0/", `/${candidate}/`), { method: "POST", body: JSON.stringify(region) });
  }

  remove(id) {
    return this.ask(this.urls.region.replace("/0/", `/${id}/`), { method: "DELETE" });
  }

  ask(url, options) {
    return ask(url, this.csrfCookie, options);
  }
}
